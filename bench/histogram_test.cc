#include "bench/histogram.h"

#include <gtest/gtest.h>

namespace cachery::bench {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.total(), 0u);
  EXPECT_EQ(histogram.quantile(0.5), 0u);
}

TEST(Histogram, FindsQuantilesWithinItsError) {
  for (const uint64_t scale : {1u, 7u, 1000u, 1000000u}) {
    Histogram histogram;
    for (uint64_t i = 1; i <= 10000; ++i) histogram.add(i * scale);
    for (const double quantile : {0.01, 0.5, 0.9, 0.99, 0.999}) {
      const double exact = quantile * 10000 * static_cast<double>(scale);
      EXPECT_NEAR(static_cast<double>(histogram.quantile(quantile)), exact,
                  exact * 0.016 + static_cast<double>(scale));
    }
    EXPECT_EQ(histogram.quantile(1), 10000 * scale);
  }
}

TEST(Histogram, KeepsSmallValuesExact) {
  for (uint64_t value = 0; value < 128; ++value) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(1'000'000'000);
    EXPECT_EQ(histogram.quantile(0.5), value);
  }
}

TEST(Histogram, CountsTheLargestValuesInItsLastBucket) {
  Histogram histogram;
  histogram.add(UINT64_MAX, 3);
  EXPECT_EQ(histogram.total(), 3u);
  EXPECT_EQ(histogram.max(), UINT64_MAX);
}

TEST(Histogram, MergesByAddition) {
  Histogram low, high;
  low.add(10, 99);
  high.add(5000, 1);
  low.merge(high);
  EXPECT_EQ(low.total(), 100u);
  EXPECT_EQ(low.quantile(0.99), 10u);
  EXPECT_EQ(low.max(), 5000u);
}

}  // namespace
}  // namespace cachery::bench
