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
      advise({.curve = kCurve}, {{"large", 400 * kMib}, {"small", 50 * kMib}, {"fits", 99 * kMib}});
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
  const CacheUse use{.curve = kCurve, .used_bytes = 10 * kMib};
  EXPECT_DOUBLE_EQ(miss_ratio_at(use, 10 * kMib), 0.4);
  EXPECT_DOUBLE_EQ(miss_ratio_at(use, 50 * kMib), 0.4) << "not what the curve guessed of a part";
  EXPECT_DOUBLE_EQ(miss_ratio_at(use, 200 * kMib), 0.2);
  EXPECT_DOUBLE_EQ(miss_ratio_at(use, 5 * kMib), 0.7);
  EXPECT_EQ(advise(use, {{"tiny", 5 * kMib}, {"small", 11 * kMib}}).smallest_plan, "small");
  const CacheUse full{.curve = kCurve, .used_bytes = 100 * kMib};
  for (const uint64_t size : {12u, 25u, 60u, 100u, 300u}) {
    EXPECT_DOUBLE_EQ(miss_ratio_at(full, size * kMib), miss_ratio_at(kCurve, size * kMib)) << size;
  }
}

TEST(SizeAdvice, NamesNoPlanWhereNoneIsLargeEnough) {
  EXPECT_FALSE(advise({.curve = kCurve}, {{"small", 50 * kMib}}).smallest_plan.has_value());
}

TEST(SizeAdvice, KnowsNothingBeforeTheCacheWasRead) {
  const SizeAdvice advice = advise({.curve = {.limit_bytes = kMib}}, {{"small", kMib}});
  EXPECT_FALSE(advice.is_known);
  EXPECT_TRUE(advice.sizes.empty());
  EXPECT_FALSE(advice.smallest_plan.has_value());
  EXPECT_EQ(advice.kind, AdviceKind::measuring);
}

const std::vector<PlanSize> kPlans{{"dev", 25 * kMib, false},
                                   {"50", 50 * kMib},
                                   {"100", 100 * kMib},
                                   {"250", 250 * kMib},
                                   {"1000", 1'000 * kMib}};

// A full cache that evicts, whose every key is in the sample.
CacheUse busy() {
  CacheUse use{.curve = kCurve, .held_bytes = 98 * kMib, .evictions = 40, .read_seconds = 86'400};
  use.curve.reads = 100'000;
  return use;
}

TEST(SizeAdvice, ToPayMoreIsForWhatIsFullAndEvictsNow) {
  const SizeAdvice advice = advise(busy(), kPlans);
  EXPECT_EQ(advice.kind, AdviceKind::larger);
  ASSERT_TRUE(advice.advised);
  EXPECT_EQ(advice.advised->plan, "1000") << "at 250 a tenth of the gain is not there yet";
  EXPECT_NEAR(advice.advised->hit_rate, 0.9, 0.001);
  EXPECT_LT(advice.advised->margin, 0.01);
  CacheUse half = busy();
  half.held_bytes = 59 * kMib;
  EXPECT_EQ(advise(half, kPlans).kind, AdviceKind::stay) << "it is not full";
  CacheUse calm = busy();
  calm.evictions = 0;
  EXPECT_EQ(advise(calm, kPlans).kind, AdviceKind::stay) << "it evicted before, and does no more";
  EXPECT_EQ(advise(calm, kPlans).reason, StayReason::fits);
}

TEST(SizeAdvice, IsNotGivenBeforeThereAreEnoughReads) {
  CacheUse young = busy();
  young.curve.reads = kReadsMin - 1;
  EXPECT_EQ(advise(young, kPlans).kind, AdviceKind::measuring);
  EXPECT_FALSE(advise(young, kPlans).advised);
}

TEST(SizeAdvice, WaitsUntilTheGainIsLargerThanTheErrorOfTheSample) {
  CacheUse use = busy();
  use.curve.points = {
      {50 * kMib, 0.13}, {100 * kMib, 0.11}, {200 * kMib, 0.09}, {400 * kMib, 0.09}};
  for (tenant::MissRatioPoint& point : use.curve.points) point.keys_per_sample = 200;
  use.curve.reads = 10'000;
  EXPECT_EQ(advise(use, kPlans).kind, AdviceKind::stay);
  EXPECT_EQ(advise(use, kPlans).reason, StayReason::uncertain);
  use.curve.reads = 100'000;
  ASSERT_EQ(advise(use, kPlans).kind, AdviceKind::larger);
  EXPECT_NEAR(advise(use, kPlans).advised->margin, 0.0126, 0.0005);
  EXPECT_EQ(advise(use, kPlans).advised->plan, "250");
}

TEST(SizeAdvice, DoesNotSellWhatWouldNotHelp) {
  CacheUse use = busy();
  use.curve.points = {{50 * kMib, 0.2}, {100 * kMib, 0.1}, {200 * kMib, 0.095}};
  EXPECT_EQ(advise(use, kPlans).kind, AdviceKind::stay);
  EXPECT_EQ(advise(use, kPlans).reason, StayReason::no_gain);
}

TEST(SizeAdvice, ToPayLessTakesAnHourOfReadsAndKeepsProductionOnPlansForIt) {
  CacheUse use = busy();
  use.evictions = 0;
  use.held_bytes = use.used_bytes = 20 * kMib;
  ASSERT_EQ(advise(use, kPlans).kind, AdviceKind::smaller);
  EXPECT_EQ(advise(use, kPlans).advised->plan, "50") << "dev is for development";
  std::vector<PlanSize> plans = kPlans;
  plans[2].is_production = false;
  EXPECT_EQ(advise(use, plans).advised->plan, "dev");
  use.read_seconds = kReadSecondsMin - 1;
  EXPECT_EQ(advise(use, kPlans).kind, AdviceKind::stay);
}

}  // namespace
}  // namespace cachery::control
