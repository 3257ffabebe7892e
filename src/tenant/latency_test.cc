#include "tenant/latency.h"

#include <gtest/gtest.h>

namespace cachery::tenant {
namespace {

TEST(Latency, EveryTimeIsInTheBucketWhoseBoundsEncloseIt) {
  for (uint64_t ns = 1; ns < kLatencyFirstNs << kLatencyDoublings; ns += 1 + ns / 1000) {
    const size_t bucket = latency_bucket(ns);
    ASSERT_LT(ns, latency_upper_ns(bucket));
    ASSERT_GE(ns, bucket == 0 ? 0 : latency_upper_ns(bucket - 1));
  }
}

TEST(Latency, AQuantileIsRightToAnEighth) {
  for (const uint64_t typical : {100ull, 450ull, 3'000ull, 77'777ull, 5'000'000ull}) {
    LatencyCounts counts{};
    counts[latency_bucket(typical)] = 980;
    counts[latency_bucket(typical * 20)] = 20;
    const auto near = [](uint64_t ns) { return static_cast<double>(ns) / 8; };
    EXPECT_NEAR(*latency_quantile_ns(counts, 0.5), static_cast<double>(typical), near(typical));
    EXPECT_NEAR(*latency_quantile_ns(counts, 0.99), static_cast<double>(typical) * 20,
                near(typical * 20));
  }
}

TEST(Latency, NoRequestsHaveNoQuantileAndTheLongestHaveTheLastBound) {
  LatencyCounts counts{};
  EXPECT_FALSE(latency_quantile_ns(counts, 0.5));
  counts[latency_bucket(UINT64_MAX)] = 1;
  EXPECT_EQ(latency_quantile_ns(counts, 0.5), 64 << kLatencyDoublings);
}

}  // namespace
}  // namespace cachery::tenant
