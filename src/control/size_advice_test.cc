#include "control/size_advice.h"

#include <gtest/gtest.h>

namespace cachery::control {
namespace {

constexpr uint64_t kMib = 1 << 20;

const tenant::MissRatioCurve kCurve{.limit_bytes = 100 * kMib,
                                    .reads = 1'000,
                                    .points = {{25 * kMib, 0.8},
                                               {50 * kMib, 0.6},
                                               {100 * kMib, 0.4},
                                               {200 * kMib, 0.2},
                                               {400 * kMib, 0.1}}};

TEST(SizeAdvice, ReadsTheCurveAtAndBetweenItsPoints) {
  EXPECT_DOUBLE_EQ(miss_ratio_at(kCurve, 100 * kMib), 0.4);
  EXPECT_DOUBLE_EQ(miss_ratio_at(kCurve, 25 * kMib), 0.8);
  EXPECT_NEAR(miss_ratio_at(kCurve, 141 * kMib), 0.3, 0.002) << "half way by the logarithm";
  EXPECT_DOUBLE_EQ(miss_ratio_at(kCurve, 25 * kMib / 2), 0.9) << "half of the first point's hits";
  EXPECT_NEAR(miss_ratio_at(kCurve, 0), 1, 1e-6);
  EXPECT_DOUBLE_EQ(miss_ratio_at(kCurve, 20'000 * kMib), 0.1) << "as at the last point";
  EXPECT_DOUBLE_EQ(miss_ratio_at(tenant::MissRatioCurve{}, kMib), 1);
}

TEST(SizeAdvice, NamesTheSmallestPlanThatKeepsTodaysHits) {
  const SizeAdvice advice =
      advise({kCurve}, {{"large", 400 * kMib}, {"small", 50 * kMib}, {"fits", 99 * kMib}});
  EXPECT_TRUE(advice.is_known);
  EXPECT_DOUBLE_EQ(advice.hit_rate, 0.6);
  ASSERT_EQ(advice.sizes.size(), 3u);
  EXPECT_EQ(advice.sizes[0].memory_bytes, 50 * kMib);
  EXPECT_DOUBLE_EQ(advice.sizes[0].hit_rate, 0.4);
  EXPECT_DOUBLE_EQ(advice.sizes[1].hit_rate, 0.8);
  EXPECT_DOUBLE_EQ(advice.sizes[2].hit_rate, 0.9);
  ASSERT_EQ(advice.plans.size(), 3u);
  EXPECT_EQ(advice.plans[0].plan, "small") << "the smallest first";
  EXPECT_EQ(advice.smallest_plan, "fits") << "0.597 is 99.5 % of 0.6";
}

TEST(SizeAdvice, WhatTheCacheHeldFitsInASizeFarBelowTheCurve) {
  const CacheUse use{kCurve, 10 * kMib};
  EXPECT_DOUBLE_EQ(miss_ratio_at(use, 10 * kMib), 0.4);
  EXPECT_DOUBLE_EQ(miss_ratio_at(use, 50 * kMib), 0.4) << "not what the curve guessed of a part";
  EXPECT_DOUBLE_EQ(miss_ratio_at(use, 200 * kMib), 0.2);
  EXPECT_DOUBLE_EQ(miss_ratio_at(use, 5 * kMib), 0.7);
  EXPECT_EQ(advise(use, {{"tiny", 5 * kMib}, {"small", 11 * kMib}}).smallest_plan, "small");
  const CacheUse full{kCurve, 100 * kMib};
  for (const uint64_t size : {12u, 25u, 60u, 100u, 300u}) {
    EXPECT_DOUBLE_EQ(miss_ratio_at(full, size * kMib), miss_ratio_at(kCurve, size * kMib)) << size;
  }
}

TEST(SizeAdvice, NamesNoPlanWhereNoneIsLargeEnough) {
  EXPECT_FALSE(advise({kCurve}, {{"small", 50 * kMib}}).smallest_plan.has_value());
}

TEST(SizeAdvice, KnowsNothingBeforeTheCacheWasRead) {
  const SizeAdvice advice = advise({{.limit_bytes = kMib}}, {{"small", kMib}});
  EXPECT_FALSE(advice.is_known);
  EXPECT_TRUE(advice.sizes.empty());
  EXPECT_FALSE(advice.smallest_plan.has_value());
}

}  // namespace
}  // namespace cachery::control
