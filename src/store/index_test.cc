#include "store/index.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cachery::store {
namespace {

// Location i stands for an item whose hash is hashes[i].
class IndexTest : public testing::Test {
 protected:
  Index::Location add(uint64_t hash) {
    hashes_.push_back(hash);
    const auto location = static_cast<Index::Location>(hashes_.size() - 1);
    index_.insert(hash, location);
    return location;
  }
  bool holds(Index::Location location) {
    return index_.find(hashes_[location],
                       [&](Index::Location found) { return found == location; }) != nullptr;
  }

  std::vector<uint64_t> hashes_;
  Index index_{[this](Index::Location location) { return hashes_[location]; }};
  std::mt19937_64 random_{42};
};

TEST_F(IndexTest, FindsWhatWasInsertedAcrossManySplits) {
  for (int i = 0; i < 200'000; ++i) add(random_());
  EXPECT_EQ(index_.size(), 200'000u);
  for (Index::Location i = 0; i < 200'000; ++i) ASSERT_TRUE(holds(i)) << i;
}

TEST_F(IndexTest, StaysDenseWhileItGrows) {
  for (int i = 1; i <= 300'000; ++i) {
    add(random_());
    if (i % 10'000 == 0) {
      EXPECT_LT(index_.bytes(), static_cast<size_t>(i) * 10) << i;
    }
  }
}

TEST_F(IndexTest, ForgetsWhatWasErasedAndGivesItsMemoryBack) {
  for (int i = 0; i < 50'000; ++i) add(random_());
  const size_t full_bytes = index_.bytes();
  for (Index::Location i = 0; i < 50'000; ++i) {
    if (i % 10 != 0) index_.erase(hashes_[i], i);
  }
  for (Index::Location i = 0; i < 50'000; ++i) ASSERT_EQ(holds(i), i % 10 == 0) << i;
  EXPECT_LT(index_.bytes(), full_bytes / 3);
}

TEST_F(IndexTest, KeepsItemsWhoseHashesAreAlike) {
  for (uint64_t i = 0; i < 100; ++i) add(0x1234'0000'0000'0001u);
  for (Index::Location i = 0; i < 100; ++i) ASSERT_TRUE(holds(i));
  for (Index::Location i = 0; i < 100; i += 2) index_.erase(hashes_[i], i);
  for (Index::Location i = 0; i < 100; ++i) ASSERT_EQ(holds(i), i % 2 == 1);
}

TEST_F(IndexTest, ReplacesALocation) {
  const Index::Location old = add(7);
  hashes_.push_back(7);
  index_.replace(7, old, 1);
  EXPECT_FALSE(holds(old));
  EXPECT_TRUE(holds(1));
}

}  // namespace
}  // namespace cachery::store
