#include "control/latency.h"

#include <gtest/gtest.h>

namespace cachery::control {
namespace {

TEST(PackedCounts, ComeBackAsTheyWere) {
  tenant::LatencyCounts counts{};
  EXPECT_EQ(unpack_counts(pack_counts(counts)), counts);
  counts.front() = 7;
  counts[40] = 1'000'000'000'000;
  counts.back() = 1;
  EXPECT_EQ(unpack_counts(pack_counts(counts)), counts);
  counts.fill(3);
  EXPECT_EQ(unpack_counts(pack_counts(counts)), counts);
}

TEST(PackedCounts, OfBrokenBytesAreNone) {
  tenant::LatencyCounts counts{};
  counts.fill(3);
  const std::string packed = pack_counts(counts);
  EXPECT_EQ(unpack_counts(packed.substr(0, packed.size() - 1)), tenant::LatencyCounts{});
  EXPECT_EQ(unpack_counts(packed + packed), tenant::LatencyCounts{}) << "past the last bucket";
  EXPECT_EQ(unpack_counts("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01"), tenant::LatencyCounts{});
}

TEST(LatencySummary, IsOfWhatWasAddedAndOfAllAfterARestart) {
  tenant::LatencySums before{.requests_count = 100, .busy_ns = 100'000};
  before.counts[tenant::latency_bucket(1'000)] = 100;
  tenant::LatencySums now = before;
  now.requests_count += 50;
  now.busy_ns += 50 * 200;
  now.counts[tenant::latency_bucket(200)] += 50;
  const LatencySummary added = summarize(growth_of(before, now), 10);
  EXPECT_EQ(added.requests_count, 50u);
  EXPECT_EQ(added.mean_ns, 200);
  EXPECT_NEAR(*added.p50_ns, 200, 25);
  const LatencySummary anew = summarize(growth_of(now, before), 10);
  EXPECT_EQ(anew.requests_count, 100u) << "the node was started again";
  EXPECT_NEAR(*anew.p99_ns, 1'000, 125);
  EXPECT_FALSE(summarize(growth_of(now, now), 10).p50_ns) << "no request, no time";
}

TEST(LatencySums, KeptCoarselyAreRightToAQuarterAndNeverToldAsFaster) {
  for (const uint64_t ns : {10u, 70u, 100u, 250u, 999u, 1'000u, 12'345u, 99'000'000u}) {
    tenant::LatencySums sums{.requests_count = 1'000, .busy_ns = 1'000 * ns};
    sums.counts[tenant::latency_bucket(ns)] = 1'000;
    const tenant::LatencySums kept = unpack_sums(pack_sums(coarse(sums)));
    EXPECT_EQ(kept.requests_count, 1'000u);
    EXPECT_EQ(kept.busy_ns, sums.busy_ns);
    const double exact = *tenant::latency_quantile_ns(sums.counts, 0.99);
    const double told = *tenant::latency_quantile_ns(kept.counts, 0.99);
    EXPECT_GE(told, exact) << ns;
    EXPECT_LE(told, 1.25 * exact) << ns;
  }
}

}  // namespace
}  // namespace cachery::control
