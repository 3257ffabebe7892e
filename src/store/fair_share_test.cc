#include "store/fair_share.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace cachery::store {
namespace {

constexpr uint64_t kMemory = 256u << 20;
constexpr uint64_t kSegment = 64u << 10;

// Holders as the pool and the housekeeper treat them: a refused holder evicts its own, and the one
// with the highest level gives up what the reserve lacks.
template <size_t kHolders>
struct Node {
  std::array<uint64_t, kHolders> entitled{};
  std::array<uint64_t, kHolders> held{};
  double highest_level = 0;

  uint64_t total(const std::array<uint64_t, kHolders>& values) const {
    uint64_t sum = 0;
    for (const uint64_t value : values) sum += value;
    return sum;
  }
  uint64_t reserve() const { return reserve_of(kMemory, total(entitled)); }

  bool store(size_t holder) {
    const PoolRoom room{kMemory - total(held), reserve(), total(entitled) > kMemory, highest_level};
    const bool may = held[holder] + kSegment <= entitled[holder] &&
                     may_take(room, held[holder] + kSegment, entitled[holder], kSegment);
    if (may) held[holder] += kSegment;
    return may;
  }

  void keep_house() {
    size_t highest = 0;
    for (size_t i = 1; i < kHolders; ++i) {
      if (level_of(held[i], entitled[i]) > level_of(held[highest], entitled[highest])) highest = i;
    }
    highest_level = level_of(held[highest], entitled[highest]);
    while (kMemory - total(held) < reserve() && held[highest] > 0) held[highest] -= kSegment;
  }
};

TEST(FairShare, KeepsNoReserveWhileAllLimitsFit) {
  EXPECT_EQ(reserve_of(kMemory, kMemory), 0u);
  EXPECT_GT(reserve_of(kMemory, kMemory + 1), 0u);
  EXPECT_TRUE(may_take({kSegment, 0, false, 0}, kMemory, kMemory, kSegment)) << "to the last byte";
  EXPECT_FALSE(may_take({kSegment - 1, 0, false, 0}, kSegment, kMemory, kSegment));
}

// A limit was lowered, and its cache has not given its memory back yet.
TEST(FairShare, WhereAllLimitsFitOnlyThoseAboveTheirsGiveWay) {
  const PoolRoom room{.free_bytes = 1u << 20,
                      .reserve_bytes = reserve_of(kMemory, kMemory + 1),
                      .is_oversold = false,
                      .highest_level = 5};
  EXPECT_TRUE(may_take(room, 100u << 20, 100u << 20, kSegment)) << "what it is entitled to";
  EXPECT_FALSE(may_take(room, 100u << 20, 20u << 20, kSegment));
}

TEST(FairShare, ACachesFirstItemsFindRoomBesideOneThatHoldsAllItMay) {
  Node<2> node;
  node.entitled = {4 * kMemory, 25u << 20};
  while (node.store(0)) {
  }
  EXPECT_EQ(kMemory - node.held[0], node.reserve());
  EXPECT_TRUE(node.store(1)) << "before the housekeeper has looked";
}

TEST(FairShare, LatecomersGetTheirShareWhateverTheOthersStore) {
  std::mt19937 random(11);
  Node<8> node;
  node.entitled = {1u << 30,  512u << 20, 256u << 20, 256u << 20,
                   64u << 20, 64u << 20,  32u << 20,  32u << 20};
  while (node.store(0)) {
  }
  for (int step = 0; step < 200'000; ++step) {
    node.store(random() % 8);
    if (step % 16 == 0) node.keep_house();
  }
  ASSERT_LE(node.total(node.held), kMemory);
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_GT(level_of(node.held[i], node.entitled[i]), 0.6 * node.highest_level) << i;
  }
}

TEST(FairShare, MemoryStopsMovingOnceLevelsAreAlike) {
  Node<2> node;
  node.entitled = {kMemory, kMemory};
  for (int step = 0; step < 50'000; ++step) {
    node.store(static_cast<size_t>(step % 2));
    if (step % 16 == 0) node.keep_house();
  }
  const auto settled = node.held;
  for (int step = 0; step < 10'000; ++step) {
    node.store(static_cast<size_t>(step % 2));
    if (step % 16 == 0) node.keep_house();
  }
  EXPECT_EQ(node.held, settled);
}

// Caches that hold one item each take nobody's share, however many they are.
TEST(FairShare, ManyCachesOfOneItemLeaveTheOthersTheirs) {
  Node<1> node;
  node.entitled = {110u << 20};
  const uint64_t tiny_bytes = 2'000 * (8u << 10);
  const PoolRoom room{.free_bytes = kMemory - tiny_bytes - (100u << 20),
                      .reserve_bytes = reserve_of(kMemory, 2'000 * (uint64_t{28} << 20)),
                      .is_oversold = true,
                      .highest_level = 1};
  EXPECT_TRUE(may_take(room, 100u << 20, node.entitled[0], kSegment));
}

}  // namespace
}  // namespace cachery::store
