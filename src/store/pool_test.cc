#include "store/pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <utility>
#include <vector>

namespace cachery::store {
namespace {

TEST(Pool, GivesExtentsUntilItsMemoryIsUsedUp) {
  auto pool = Pool::open(1u << 20).value();
  std::vector<char*> extents;
  while (char* extent = pool->allocate(Pool::kExtentBytesMin)) extents.push_back(extent);
  EXPECT_EQ(extents.size(), (1u << 20) / Pool::kExtentBytesMin);
  pool->release(extents.back(), Pool::kExtentBytesMin);
  EXPECT_NE(pool->allocate(Pool::kExtentBytesMin), nullptr);
}

TEST(Pool, CountsOnlyThePagesThatWereAskedFor) {
  auto pool = Pool::open(1u << 20).value();
  char* run = pool->allocate(100'000);
  EXPECT_EQ(pool->allocated_bytes(), 102'400u);
  std::memset(run, 1, 100'000);
  pool->release(run, 100'000);
  EXPECT_EQ(pool->allocated_bytes(), 0u);
}

TEST(Pool, ReusesWhatAnotherSizeGaveBack) {
  auto pool = Pool::open(8u << 20).value();
  for (int round = 0; round < 50; ++round) {
    const size_t bytes = (size_t{64} << 10) << (round % 6);
    char* extent = pool->allocate(bytes);
    ASSERT_NE(extent, nullptr) << round;
    std::memset(extent, round, bytes);
    pool->release(extent, bytes);
    EXPECT_LE(pool->allocated_bytes() + pool->kept_bytes(), pool->memory_bytes());
  }
}

TEST(Pool, GivesAnExtentBackToThePagesItCameFrom) {
  auto pool = Pool::open(64u << 20).value();
  for (const size_t bytes : {size_t{4} << 10, size_t{64} << 10, size_t{1} << 20}) {
    char* const huge = pool->allocate(bytes, Pages::huge);
    char* const small = pool->allocate(bytes);
    ASSERT_NE(huge, small);
    pool->release(huge, bytes);
    pool->release(small, bytes);
    EXPECT_EQ(pool->allocate(bytes), small);
    EXPECT_EQ(pool->allocate(bytes, Pages::huge), huge);
    pool->release(huge, bytes);
    pool->release(small, bytes);
  }
}

TEST(Pool, KeepsWithinItsMemoryWhateverPagesAreAskedFor) {
  auto pool = Pool::open(32u << 20).value();
  std::mt19937 random(7);
  std::vector<std::pair<char*, size_t>> extents;
  size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    if (extents.empty() || random() % 5 < 3) {
      const size_t bytes = size_t{4096} << random() % 11;
      char* const extent = pool->allocate(bytes, random() % 2 == 0 ? Pages::huge : Pages::small);
      if (extent != nullptr) {
        std::memset(extent, 1, 1);
        extents.emplace_back(extent, bytes);
      }
      refused += extent == nullptr;
    } else {
      std::swap(extents[random() % extents.size()], extents.back());
      pool->release(extents.back().first, extents.back().second);
      extents.pop_back();
    }
    // A block that has just been begun may take it over by what is not used of it.
    ASSERT_LE(pool->allocated_bytes() + pool->kept_bytes(),
              pool->memory_bytes() + HugeBlocks::kBlockBytes);
  }
  EXPECT_GT(refused, 0u);
}

TEST(PoolTest, LendsOutOfABudgetBesideItsMemory) {
  constexpr size_t kBytes = 100'000;
  constexpr size_t kPagesBytes = 102'400;
  const auto pool = Pool::open(3 * kPagesBytes, 2 * kPagesBytes).value();
  char* const first = pool->lend(kBytes);
  char* const second = pool->lend(kBytes);
  ASSERT_TRUE(first != nullptr && second != nullptr);
  EXPECT_EQ(pool->lend(1), nullptr);
  EXPECT_EQ(pool->lent_bytes(), 2 * kPagesBytes);
  EXPECT_EQ(pool->allocated_bytes(), 0u);
  std::vector<char*> allocated;
  while (char* const extent = pool->allocate(kBytes)) allocated.push_back(extent);
  EXPECT_EQ(allocated.size(), 3u) << "what is lent takes nothing from it";
  EXPECT_FALSE(pool->keep_lent(kBytes)) << "it is used up";
  pool->release(allocated.back(), kBytes);
  EXPECT_TRUE(pool->keep_lent(kBytes));
  EXPECT_EQ(pool->lent_bytes(), kPagesBytes);
  EXPECT_EQ(pool->allocated_bytes(), 3 * kPagesBytes);
  pool->release(first, kBytes);
  pool->take_back(second, kBytes);
  EXPECT_EQ(pool->lent_bytes(), 0u);
  EXPECT_EQ(pool->allocated_bytes(), 2 * kPagesBytes);
  EXPECT_EQ(pool->lend(Pool::kExtentBytesMax + 1), nullptr);
}

}  // namespace
}  // namespace cachery::store
