#include "store/pool.h"

#include <gtest/gtest.h>

#include <cstring>

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

}  // namespace
}  // namespace cachery::store
