#include "net/shedding.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cachery::net {
namespace {

using Places = std::vector<size_t>;

TEST(Shedding, ACrowdPaysForItselfAndNotWhoeverHoldsOneLargeValue) {
  std::vector<Holding> holdings(1'000, {.owner = 1, .bytes = 55'000});
  holdings.push_back({.owner = 2, .bytes = 900'000});
  const Places chosen = choose_to_shed(holdings, 6'000'000);
  EXPECT_EQ(chosen.size(), 6'000'000u / 55'000 + 1);
  EXPECT_EQ(std::ranges::count(chosen, 1'000u), 0);
}

TEST(Shedding, OwnersAreBroughtToTheSameHeight) {
  // 300 and 200 become 100 each; the one with 100 is left alone.
  std::vector<Holding> holdings;
  for (int i = 0; i < 30; ++i) holdings.push_back({.owner = 1, .bytes = 10});
  for (int i = 0; i < 20; ++i) holdings.push_back({.owner = 2, .bytes = 10});
  for (int i = 0; i < 10; ++i) holdings.push_back({.owner = 3, .bytes = 10});
  const Places chosen = choose_to_shed(holdings, 300);
  EXPECT_EQ(chosen.size(), 30u);
  const auto of = [&](uint64_t owner) {
    return std::ranges::count_if(chosen, [&](size_t at) { return holdings[at].owner == owner; });
  };
  EXPECT_EQ(of(1), 20);
  EXPECT_EQ(of(2), 10);
  EXPECT_EQ(of(3), 0);
}

TEST(Shedding, ThoseThatNobodyKnowsAreOneOwner) {
  std::vector<Holding> holdings(100, {.owner = 0, .bytes = 1'000});
  holdings.push_back({.owner = 7, .bytes = 90'000});
  const Places chosen = choose_to_shed(holdings, 10'000);
  EXPECT_EQ(chosen.size(), 10u);
  EXPECT_EQ(std::ranges::count(chosen, 100u), 0);
}

TEST(Shedding, OfOneOwnerTheLargestGoesAndOfEqualOnesTheLongestSilent) {
  const std::vector<Holding> holdings = {{.owner = 1, .bytes = 1'000, .active_ns = 1},
                                         {.owner = 1, .bytes = 5'000, .active_ns = 9},
                                         {.owner = 1, .bytes = 6'000, .active_ns = 3}};
  EXPECT_EQ(choose_to_shed(holdings, 1), (Places{2}));
  EXPECT_EQ(choose_to_shed(holdings, 6'001), (Places{2, 1}));
  EXPECT_EQ(choose_to_shed(holdings, 100'000), (Places{2, 1, 0}));
}

TEST(Shedding, WhatHoldsNothingIsNotClosed) {
  EXPECT_TRUE(choose_to_shed({}, 1).empty());
  EXPECT_TRUE(choose_to_shed({{.owner = 1, .bytes = 0}}, 1).empty());
  EXPECT_TRUE(choose_to_shed({{.owner = 1, .bytes = 8}}, 0).empty());
}

}  // namespace
}  // namespace cachery::net
