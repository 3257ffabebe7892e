#include "base/fair_shares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace cachery {
namespace {

using Shares = FairShares<std::string>;
using Holder = Shares::Holder;
using Refusal = Shares::Refusal;

Holder stranger(std::string name) { return {std::move(name), Standing::stranger}; }
Holder known(std::string name) { return {std::move(name), Standing::known}; }

TEST(FairShares, GivesWhatIsFreeToWhoeverAsks) {
  Shares shares({.places_max = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(shares.take(stranger("ann")));
  EXPECT_EQ(shares.taken_count(), 3u);
}

TEST(FairShares, ANewcomerGetsAPlaceOfWhoeverHoldsMost) {
  Shares shares({.places_max = 10});
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(shares.take(stranger("greedy")));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(shares.take(stranger("modest")));
  const auto verdict = shares.take(stranger("newcomer"));
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict.loses, stranger("greedy"));
  EXPECT_EQ(shares.count_of(stranger("greedy")), 6u);
  EXPECT_EQ(shares.taken_count(), 10u);
}

TEST(FairShares, NobodyGetsMoreThanTheOneWhoLoses) {
  Shares shares({.places_max = 10});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(shares.take(stranger("greedy")));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(shares.take(stranger("newcomer")));
  EXPECT_EQ(shares.take(stranger("newcomer")).refusal, Refusal::all_taken);
  EXPECT_EQ(shares.take(stranger("greedy")).refusal, Refusal::all_taken);
  EXPECT_EQ(shares.count_of(stranger("greedy")), 5u);
}

TEST(FairShares, OneMayHoldItsShareAtMost) {
  Shares shares({.places_max = 10, .of_one_max = 2});
  EXPECT_TRUE(shares.take(stranger("ann")));
  EXPECT_TRUE(shares.take(stranger("ann")));
  EXPECT_EQ(shares.take(stranger("ann")).refusal, Refusal::has_its_share);
  shares.give_back(stranger("ann"));
  EXPECT_TRUE(shares.take(stranger("ann")));
}

TEST(FairShares, AProxyThatManyComeByHasNoBoundOfItsOwn) {
  Shares shares({.places_max = 10, .of_one_max = 2});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(shares.take(stranger("proxy"), {.is_bounded = false}));
  EXPECT_EQ(shares.take(stranger("ann")).loses, stranger("proxy"));
}

TEST(FairShares, StrangersNeverGetIntoThePartOfThoseWhoAreKnown) {
  Shares shares({.places_max = 10, .kept_for_known = 4});
  for (int i = 0; i < 100; ++i) shares.take(stranger(std::to_string(i)));
  EXPECT_EQ(shares.taken_count(), 6u);
  for (int i = 0; i < 4; ++i) {
    const auto verdict = shares.take(known(std::to_string(i)));
    EXPECT_TRUE(verdict);
    EXPECT_FALSE(verdict.loses.has_value());
  }
  EXPECT_EQ(shares.take(known("5")).refusal, Refusal::all_taken) << "all hold one";
}

TEST(FairShares, AStrangerIsNotServedAtTheCostOfTheKeptPart) {
  Shares shares({.places_max = 4, .kept_for_known = 2});
  ASSERT_TRUE(shares.take(stranger("a")));
  ASSERT_TRUE(shares.take(stranger("b")));
  ASSERT_TRUE(shares.take(known("ann")));
  ASSERT_TRUE(shares.take(known("ann")));
  EXPECT_EQ(shares.take(stranger("c")).refusal, Refusal::all_taken);
}

TEST(FairShares, WhatCannotBeTakenFromAnybodyIsRefusedWhenAllIsTaken) {
  Shares shares({.places_max = 2});
  ASSERT_TRUE(shares.take(stranger("greedy"), {.may_displace = false}));
  ASSERT_TRUE(shares.take(stranger("greedy"), {.may_displace = false}));
  EXPECT_EQ(shares.take(stranger("newcomer"), {.may_displace = false}).refusal, Refusal::all_taken);
}

TEST(FairShares, AStrangerWhoIsRecognisedMakesRoomForStrangers) {
  Shares shares({.places_max = 4, .kept_for_known = 2});
  ASSERT_TRUE(shares.take(stranger("192.0.2.1")));
  ASSERT_TRUE(shares.take(stranger("192.0.2.1")));
  EXPECT_TRUE(shares.move(stranger("192.0.2.1"), known("ann")));
  EXPECT_EQ(shares.count_of(known("ann")), 1u);
  EXPECT_TRUE(shares.take(stranger("192.0.2.2")));
  EXPECT_EQ(shares.taken_count(), 3u);
}

TEST(FairShares, ARefusedMoveChangesNothing) {
  Shares shares({.places_max = 4, .of_one_max = 1});
  ASSERT_TRUE(shares.take(known("ann")));
  ASSERT_TRUE(shares.take(stranger("192.0.2.1")));
  EXPECT_EQ(shares.move(stranger("192.0.2.1"), known("ann")).refusal, Refusal::has_its_share);
  EXPECT_EQ(shares.count_of(stranger("192.0.2.1")), 1u);
}

// Against counts that are searched through each time.
struct Model {
  std::map<Holder, size_t> counts;

  size_t total(std::optional<Standing> standing = {}) const {
    size_t sum = 0;
    for (const auto& [holder, count] : counts) {
      if (!standing || holder.standing == *standing) sum += count;
    }
    return sum;
  }
  size_t most(std::optional<Standing> standing = {}) const {
    size_t most = 0;
    for (const auto& [holder, count] : counts) {
      if (!standing || holder.standing == *standing) most = std::max(most, count);
    }
    return most;
  }
};

TEST(FairShares, KeepsItsPromisesAtEveryStep) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const FairSharesBounds bounds{.places_max = 20, .of_one_max = 12, .kept_for_known = 5};
  Shares shares(bounds);
  Model model;
  for (int i = 0; i < 50'000; ++i) {
    // A few ask much more often than the others.
    const size_t who = std::min(random() % 12, random() % 12);
    const Holder holder{std::to_string(who),
                        random() % 3 == 0 ? Standing::known : Standing::stranger};
    size_t& own = model.counts[holder];
    if (random() % 5 == 0) {
      if (own == 0) continue;
      shares.give_back(holder);
      --own;
      continue;
    }
    const bool is_stranger = holder.standing == Standing::stranger;
    const bool is_part_full = is_stranger && model.total(Standing::stranger) >= 15;
    const bool is_full = model.total() >= 20 || is_part_full;
    const size_t most = is_part_full ? model.most(Standing::stranger) : model.most();
    const auto verdict = shares.take(holder);
    if (own >= 12) {
      ASSERT_EQ(verdict.refusal, Refusal::has_its_share) << i;
    } else {
      ASSERT_EQ(bool(verdict), !is_full || most >= own + 2) << i;
      ASSERT_EQ(verdict.loses.has_value(), bool(verdict) && is_full) << i;
    }
    if (verdict.loses) {
      ASSERT_EQ(model.counts[*verdict.loses], most) << i;
      --model.counts[*verdict.loses];
    }
    if (verdict) ++own;
    ASSERT_EQ(shares.taken_count(), model.total()) << i;
    ASSERT_LE(shares.taken_count(), bounds.places_max) << i;
    ASSERT_LE(model.total(Standing::stranger), 15u) << i;
    ASSERT_EQ(shares.count_of(holder), own) << i;
  }
}

}  // namespace
}  // namespace cachery
