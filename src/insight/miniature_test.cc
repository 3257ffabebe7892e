#include "insight/miniature.h"

#include <gtest/gtest.h>

#include <random>

namespace cachery::insight {
namespace {

using Answer = Miniature::Answer;

class Player {
 public:
  explicit Player(uint64_t limit_bytes) : miniature_(limit_bytes) {}

  Answer play(Act act, uint64_t key, uint32_t bytes = 100, uint32_t expiry = 0) {
    // Spread as a hash is, the position of key 1, 2, ... anywhere.
    return miniature_.play({key * 0x9e3779b97f4a7c15, bytes, expiry, now_, act});
  }
  Answer read(uint64_t key) {
    const Answer answer = play(Act::miss, key);
    if (answer == Answer::miss) play(Act::store, key);
    return answer;
  }
  Miniature& miniature() { return miniature_; }
  void set_now(uint32_t now) { now_ = now; }

 private:
  Miniature miniature_;
  uint32_t now_ = 1'000;
};

TEST(Miniature, HitsWhatFitsAndMissesWhatIsNew) {
  Player player(1'024);  // ten items
  for (uint64_t key = 1; key <= 10; ++key) EXPECT_EQ(player.read(key), Answer::miss);
  for (uint64_t key = 1; key <= 10; ++key) EXPECT_EQ(player.read(key), Answer::hit) << key;
  EXPECT_EQ(player.play(Act::store, 1), Answer::nothing);
}

TEST(Miniature, KeepsWhatIsUsedAndLetsAScanPass) {
  Player player(2'048);  // twenty items
  for (int round = 0; round < 3; ++round) {
    for (uint64_t key = 1; key <= 5; ++key) player.read(key);
  }
  for (uint64_t key = 100; key < 200; ++key) player.read(key);
  for (uint64_t key = 1; key <= 5; ++key) EXPECT_EQ(player.read(key), Answer::hit) << key;
  EXPECT_EQ(player.read(100), Answer::miss);
}

TEST(Miniature, AHitOfTheCacheFillsASmallerOne) {
  Player player(1'024);
  EXPECT_EQ(player.play(Act::hit, 1), Answer::miss) << "the cache had it, the miniature not yet";
  EXPECT_EQ(player.play(Act::hit, 1), Answer::hit);
  EXPECT_EQ(player.play(Act::miss, 2), Answer::miss);
  EXPECT_EQ(player.play(Act::miss, 2), Answer::miss) << "nobody stored it";
}

TEST(Miniature, ForgetsWhatIsRemovedAndWhatHasExpired) {
  Player player(1'024);
  player.play(Act::store, 1, 100, 1'010);
  player.play(Act::store, 2);
  player.play(Act::remove, 2);
  EXPECT_EQ(player.play(Act::miss, 2), Answer::miss);
  player.set_now(1'009);
  EXPECT_EQ(player.play(Act::hit, 1), Answer::hit);
  player.set_now(1'010);
  EXPECT_EQ(player.play(Act::miss, 1), Answer::miss);
}

TEST(Miniature, DoesNotHoldAnItemLargerThanItself) {
  Player player(1'024);
  player.play(Act::store, 1, 100);
  player.play(Act::store, 2, 2'000);
  EXPECT_EQ(player.play(Act::hit, 1), Answer::hit) << "nothing was evicted for it";
  EXPECT_EQ(player.play(Act::miss, 2), Answer::miss);
  player.play(Act::store, 1, 2'000);  // grew beyond it
  EXPECT_EQ(player.play(Act::miss, 1), Answer::miss);
}

TEST(Miniature, HoldsNoMoreKeysThanItsBoundBySamplingFewer) {
  Player player(100'000 * 100);
  for (uint64_t key = 1; key <= 100'000; ++key) {
    const uint64_t hash = key * 0x9e3779b97f4a7c15;
    if (position_of(hash) < player.miniature().threshold()) player.read(key);
    ASSERT_LE(player.miniature().keys(), Miniature::kEntriesMax);
  }
  EXPECT_GE(player.miniature().weight(), 128) << "100,000 keys by 512 entries";
  EXPECT_LE(player.miniature().weight(), 512);
  EXPECT_LE(player.miniature().memory_bytes(), Miniature::kEntriesMax * 26);
}

TEST(Miniature, IsEmptyAfterAFlush) {
  Player player(1'024);
  player.read(1);
  player.miniature().clear();
  EXPECT_EQ(player.miniature().keys(), 0u);
  EXPECT_EQ(player.read(1), Answer::miss);
  EXPECT_EQ(player.read(1), Answer::hit);
}

// Any sequence keeps within its bounds and answers a key that was just stored.
TEST(Miniature, StandsAnySequence) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  Player player(50'000);
  for (int i = 0; i < 200'000; ++i) {
    const uint64_t key = random() % 3'000;
    const auto act = static_cast<Act>(random() % 6);
    const auto bytes = static_cast<uint32_t>(40 + random() % 400);
    const uint32_t now = 1'000 + static_cast<uint32_t>(i) / 100;
    player.set_now(now);
    if (position_of(key * 0x9e3779b97f4a7c15) >= player.miniature().threshold()) continue;
    player.play(act, key, bytes,
                random() % 3 == 0 ? now + static_cast<uint32_t>(random() % 50) : 0);
    if (random() % 5'000 == 0) player.miniature().halve();
    ASSERT_LE(player.miniature().keys(), Miniature::kEntriesMax);
  }
}

}  // namespace
}  // namespace cachery::insight
