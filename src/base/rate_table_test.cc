#include "base/rate_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "base/sip_hash.h"

namespace cachery {
namespace {

constexpr Rate kRate{.interval_ns = kSecondNs, .burst_count = 3};
constexpr uint64_t kStart = 1000 * kSecondNs;

TEST(SipHash, GivesTheVectorsOfItsPaper) {
  const uint64_t low = 0x0706050403020100u;
  const uint64_t high = 0x0f0e0d0c0b0a0908u;
  std::string bytes;
  EXPECT_EQ(sip_hash(low, high, bytes), 0x726fdb47dd0e0e31u);
  for (char c = 0; c < 15; ++c) bytes += c;
  EXPECT_EQ(sip_hash(low, high, bytes), 0xa129ca6149be45e5u);
}

TEST(Gcra, LetsABurstGoAndThenOneAnInterval) {
  uint64_t forgiven_at = 0;
  for (uint64_t i = 0; i < kRate.burst_count; ++i) {
    EXPECT_EQ(gcra::wait_ns(forgiven_at, kRate, kStart), 0u);
    forgiven_at = gcra::taken(forgiven_at, kRate.interval_ns, kStart);
  }
  EXPECT_EQ(gcra::wait_ns(forgiven_at, kRate, kStart), kSecondNs);
  EXPECT_EQ(gcra::wait_ns(forgiven_at, kRate, kStart + kSecondNs - 1), 1u);
  EXPECT_EQ(gcra::wait_ns(forgiven_at, kRate, kStart + kSecondNs), 0u);
}

TEST(RateTable, EachKeyHasARateOfItsOwn) {
  RateTable table(64);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(table.take({table.key_of(0, "ann"), kRate}, kStart), 0u);
  }
  EXPECT_EQ(table.take({table.key_of(0, "ann"), kRate}, kStart), kSecondNs);
  EXPECT_EQ(table.take({table.key_of(0, "bob"), kRate}, kStart), 0u);
  EXPECT_EQ(table.take({table.key_of(1, "ann"), kRate}, kStart), 0u) << "another kind";
}

TEST(RateTable, TakesAllOfSeveralOrNone) {
  RateTable table(64);
  const RateTable::Claim person{table.key_of(0, 1u), {kSecondNs, 1}};
  const RateTable::Claim team{table.key_of(1, 1u), {kSecondNs, 5}};
  const RateTable::Claim both[] = {person, team};
  EXPECT_EQ(table.take(both, kStart), 0u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(table.take(both, kStart), kSecondNs);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(table.take(team, kStart), 0u) << "refusals took nothing of the team's";
  }
  EXPECT_GT(table.take(team, kStart), 0u);
}

TEST(RateTable, WhatIsGivenBackWasNeverTaken) {
  RateTable table(64);
  const RateTable::Claim claim{table.key_of(0, "ann"), kRate};
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(table.take(claim, kStart), 0u) << i;
    table.give_back(std::span(&claim, 1), kStart);
  }
}

TEST(RateTable, NoStormOfOthersForgivesWhoIsOverTheRate) {
  RateTable table(64);
  const auto early = [&](uint64_t id) {
    return RateTable::Claim{table.key_of(1, id), {3600 * kSecondNs, 1}};
  };
  for (uint64_t id = 0; id < 8; ++id) ASSERT_EQ(table.take(early(id), kStart), 0u);
  for (uint64_t i = 0; i < 100'000; ++i) table.take({table.key_of(0, i), kRate}, kStart + i);
  for (uint64_t id = 0; id < 8; ++id) {
    EXPECT_GT(table.take(early(id), kStart + kSecondNs), 0u) << id;
  }
  EXPECT_EQ(table.places_count(), 64u);
}

TEST(RateTable, APlaceWhoseDebtIsForgivenGoesToTheNext) {
  RateTable table(8);
  for (uint64_t round = 0; round < 1000; ++round) {
    const uint64_t now = kStart + 10 * round * kSecondNs;
    for (uint64_t i = 0; i < 8; ++i) {
      ASSERT_EQ(table.take({table.key_of(0, 8 * round + i), {kSecondNs, 1}}, now), 0u) << i;
    }
  }
}

// Against a map without a bound.
TEST(RateTable, DoesAsAnUnboundedTableWhileThereIsRoom) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  RateTable table(64);
  std::map<uint64_t, uint64_t> model;
  uint64_t now = kStart;
  for (int i = 0; i < 20'000; ++i) {
    now += random() % (kSecondNs / 4);
    const uint64_t key = table.key_of(0, random() % 8);
    const bool is_allowed = gcra::wait_ns(model[key], kRate, now) == 0;
    ASSERT_EQ(table.take({key, kRate}, now) == 0, is_allowed) << i;
    if (is_allowed) model[key] = gcra::taken(model[key], kRate.interval_ns, now);
  }
}

}  // namespace
}  // namespace cachery
