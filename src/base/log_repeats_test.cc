#include "base/log_repeats.h"

#include <gtest/gtest.h>

namespace cachery::log {
namespace {

using Round = Repeats::Round;

TEST(Repeats, TheFirstIsToldAtOnceAndThoseBehindItOnceARound) {
  Repeats repeats;
  EXPECT_TRUE(repeats.is_first(Level::info, "flush", {"cache", 7}));
  for (int i = 0; i < 12'031; ++i) {
    EXPECT_FALSE(repeats.is_first(Level::info, "flush", {"cache", 7}));
  }
  EXPECT_TRUE(repeats.is_first(Level::info, "flush", {"cache", 8}));
  EXPECT_TRUE(repeats.take(Round::next).empty()) << "the first one was told in this round";
  const auto told = repeats.take(Round::next);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].event, "flush");
  EXPECT_EQ(told[0].group.value, 7u);
  EXPECT_EQ(told[0].times, 12'031u);
}

TEST(Repeats, AGroupThatWasTranquilForARoundIsToldAtOnceAgain) {
  Repeats repeats;
  EXPECT_TRUE(repeats.is_first(Level::info, "flush", {"cache", 7}));
  EXPECT_FALSE(repeats.is_first(Level::info, "flush", {"cache", 7}));
  EXPECT_TRUE(repeats.take(Round::next).empty());
  EXPECT_EQ(repeats.take(Round::next).size(), 1u);
  EXPECT_FALSE(repeats.is_first(Level::info, "flush", {"cache", 7})) << "told in this round";
  EXPECT_EQ(repeats.take(Round::next).size(), 1u);
  EXPECT_TRUE(repeats.take(Round::next).empty());
  EXPECT_TRUE(repeats.is_first(Level::info, "flush", {"cache", 7}));
}

TEST(Repeats, TheLastRoundLeavesNothing) {
  Repeats repeats;
  EXPECT_TRUE(repeats.is_first(Level::info, "flush", {"cache", 7}));
  EXPECT_FALSE(repeats.is_first(Level::info, "flush", {"cache", 7}));
  EXPECT_EQ(repeats.take(Round::last).size(), 1u);
}

TEST(Repeats, GroupsBeyondTheBoundAreCountedTogether) {
  Repeats repeats;
  uint64_t told = 0;
  for (uint64_t cache = 0; cache < 10 * Repeats::kGroupsMax; ++cache) {
    told += repeats.is_first(Level::info, "flush", {"cache", cache}) ? 1u : 0u;
  }
  EXPECT_EQ(told, Repeats::kGroupsMax + 1);
  EXPECT_TRUE(repeats.take(Round::next).empty());
  const auto together = repeats.take(Round::next);
  ASSERT_EQ(together.size(), 1u);
  EXPECT_TRUE(together[0].group.name.empty());
  EXPECT_EQ(together[0].times, 9 * Repeats::kGroupsMax - 1);
}

}  // namespace
}  // namespace cachery::log
