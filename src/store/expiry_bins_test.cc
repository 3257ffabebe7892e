#include "store/expiry_bins.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace cachery::store {
namespace {

TEST(ExpiryBins, WhatNeverExpiresIsNeverDue) {
  ExpiryBins bins;
  bins.add(0);
  bins.remove(0);
  EXPECT_EQ(bins.due(UINT32_MAX), 0u);
  EXPECT_EQ(bins.next_due(), ExpiryBins::kNever);
}

TEST(ExpiryBins, OneExpiryIsDueInItsSecond) {
  ExpiryBins bins;
  bins.add(1000);
  EXPECT_EQ(bins.next_due(), 1000u);
  EXPECT_EQ(bins.due(999), 0u);
  EXPECT_EQ(bins.due(1000), 1u);
  bins.remove(1000);
  EXPECT_EQ(bins.due(1000), 0u);
  EXPECT_EQ(bins.next_due(), ExpiryBins::kNever);
}

TEST(ExpiryBins, TakesTheWholeRangeOfTimes) {
  ExpiryBins bins;
  for (const uint32_t expiry : {5u, UINT32_MAX, 1u, 1'700'000'000u}) bins.add(expiry);
  EXPECT_EQ(bins.due(UINT32_MAX), 4u);
  for (const uint32_t expiry : {5u, UINT32_MAX, 1u, 1'700'000'000u}) bins.remove(expiry);
  EXPECT_EQ(bins.due(UINT32_MAX), 0u);
}

// Beside a plain set: never early, less than a third of the spread late, nothing forgotten.
TEST(ExpiryBins, IsNeverEarlyAndLateByLessThanAThirdOfTheSpread) {
  std::mt19937 engine(7);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(engine() % bound); };
  for (int round = 0; round < 200; ++round) {
    ExpiryBins bins;
    std::multiset<uint32_t> model;
    const uint32_t start = 1'000'000 + below(1'000'000);
    const uint32_t spread = 1 + below(1u << below(20));
    for (int step = 0; step < 300; ++step) {
      if (below(3) != 0 || model.empty()) {
        const uint32_t expiry = start + below(spread);
        bins.add(expiry);
        model.insert(expiry);
      } else {
        const auto gone = std::next(model.begin(), below(static_cast<uint32_t>(model.size())));
        bins.remove(*gone);
        model.erase(gone);
      }
      const uint32_t now = start + below(2 * spread);
      const auto expired_by = [&](uint32_t time) {
        return static_cast<size_t>(std::distance(model.begin(), model.upper_bound(time)));
      };
      ASSERT_LE(bins.due(now), expired_by(now));
      ASSERT_GE(bins.due(now + spread / 3 + 1), expired_by(now));
      ASSERT_EQ(bins.due(bins.next_due()) > 0, !model.empty());
    }
    ASSERT_EQ(bins.due(start + 2 * spread), model.size());
  }
}

}  // namespace
}  // namespace cachery::store
