#include "store/holding.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <utility>
#include <vector>

namespace cachery::store {
namespace {

Extent whole(char* data, size_t bytes) { return {data, bytes, bytes}; }

TEST(Pool, GivesExtentsUntilItsMemoryIsUsedUp) {
  auto pool = Pool::open(1u << 20).value();
  Holding holding(*pool, pool->memory_bytes());
  std::vector<char*> extents;
  while (char* extent = holding.allocate(Pool::kExtentBytesMin)) extents.push_back(extent);
  EXPECT_EQ(extents.size(), (1u << 20) / Pool::kExtentBytesMin);
  holding.release(whole(extents.back(), Pool::kExtentBytesMin));
  extents.back() = holding.allocate(Pool::kExtentBytesMin);
  EXPECT_NE(extents.back(), nullptr);
  for (char* const extent : extents) holding.release(whole(extent, Pool::kExtentBytesMin));
}

TEST(Pool, CountsOnlyThePagesThatWereAskedFor) {
  auto pool = Pool::open(1u << 20).value();
  Holding holding(*pool, pool->memory_bytes());
  char* run = holding.allocate(100'000);
  EXPECT_EQ(pool->allocated_bytes(), 102'400u);
  std::memset(run, 1, 100'000);
  holding.release(whole(run, 100'000));
  EXPECT_EQ(pool->allocated_bytes(), 0u);
}

TEST(Pool, ReusesWhatAnotherSizeGaveBack) {
  auto pool = Pool::open(8u << 20).value();
  Holding holding(*pool, pool->memory_bytes());
  for (int round = 0; round < 50; ++round) {
    const size_t bytes = (size_t{64} << 10) << (round % 6);
    char* extent = holding.allocate(bytes);
    ASSERT_NE(extent, nullptr) << round;
    std::memset(extent, round, bytes);
    holding.release(whole(extent, bytes));
    EXPECT_LE(pool->allocated_bytes() + pool->kept_bytes(), pool->memory_bytes());
  }
}

TEST(Pool, GivesAnExtentBackToThePagesItCameFrom) {
  auto pool = Pool::open(64u << 20).value();
  Holding holding(*pool, pool->memory_bytes());
  for (const size_t bytes : {size_t{4} << 10, size_t{64} << 10, size_t{1} << 20}) {
    char* const huge = holding.allocate(bytes, Pages::huge);
    char* const small = holding.allocate(bytes);
    ASSERT_NE(huge, small);
    holding.release(whole(huge, bytes));
    holding.release(whole(small, bytes));
    EXPECT_EQ(holding.allocate(bytes), small);
    EXPECT_EQ(holding.allocate(bytes, Pages::huge), huge);
    holding.release(whole(huge, bytes));
    holding.release(whole(small, bytes));
  }
}

TEST(Pool, KeepsWithinItsMemoryWhateverPagesAreAskedFor) {
  auto pool = Pool::open(32u << 20).value();
  Holding holding(*pool, pool->memory_bytes());
  std::mt19937 random(7);
  std::vector<std::pair<char*, size_t>> extents;
  size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    if (extents.empty() || random() % 5 < 3) {
      const size_t bytes = size_t{4096} << random() % 11;
      char* const extent = holding.allocate(bytes, random() % 2 == 0 ? Pages::huge : Pages::small);
      if (extent != nullptr) {
        std::memset(extent, 1, 1);
        extents.emplace_back(extent, bytes);
      }
      refused += extent == nullptr;
    } else {
      std::swap(extents[random() % extents.size()], extents.back());
      holding.release(whole(extents.back().first, extents.back().second));
      extents.pop_back();
    }
    // A block that has just been begun may take it over by what is not used of it.
    ASSERT_LE(pool->allocated_bytes() + pool->kept_bytes(),
              pool->memory_bytes() + HugeBlocks::kBlockBytes);
  }
  EXPECT_GT(refused, 0u);
  for (const auto& [extent, bytes] : extents) holding.release(whole(extent, bytes));
}

TEST(PoolTest, LendsOutOfABudgetBesideItsMemory) {
  constexpr size_t kBytes = 100'000;
  constexpr size_t kPagesBytes = 102'400;
  const auto pool = Pool::open(3 * kPagesBytes, 2 * kPagesBytes).value();
  Holding holding(*pool, pool->memory_bytes());
  char* const first = pool->lend(kBytes);
  char* const second = pool->lend(kBytes);
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_EQ(pool->lend(1), nullptr);
  EXPECT_EQ(pool->lent_bytes(), 2 * kPagesBytes);
  EXPECT_EQ(pool->allocated_bytes(), 0u);
  std::vector<char*> allocated;
  while (char* const extent = holding.allocate(kBytes)) allocated.push_back(extent);
  EXPECT_EQ(allocated.size(), 3u) << "what is lent takes nothing from it";
  EXPECT_FALSE(holding.keep_lent(kBytes)) << "it is used up";
  holding.release(whole(allocated.back(), kBytes));
  EXPECT_TRUE(holding.keep_lent(kBytes));
  EXPECT_EQ(pool->lent_bytes(), kPagesBytes);
  EXPECT_EQ(pool->allocated_bytes(), 3 * kPagesBytes);
  holding.release(whole(first, kBytes));
  pool->take_back(second, kBytes);
  EXPECT_EQ(pool->lent_bytes(), 0u);
  EXPECT_EQ(pool->allocated_bytes(), 2 * kPagesBytes);
  EXPECT_EQ(pool->lend(Pool::kExtentBytesMax + 1), nullptr);
  for (size_t i = 0; i < 2; ++i) holding.release(whole(allocated[i], kBytes));
}

}  // namespace
}  // namespace cachery::store
