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
    EXPECT_TRUE(index_.insert(hash, location));
    return location;
  }
  bool holds(Index::Location location) {
    return index_.find(hashes_[location],
                       [&](Index::Location found) { return found == location; }) != nullptr;
  }

  std::vector<uint64_t> hashes_;
  std::unique_ptr<Pool> pool_ = Pool::open(64u << 20).value();
  Holding holding_{*pool_, 64u << 20};
  Index index_{holding_,
               {.hash_of = [this](Index::Location location) { return hashes_[location]; },
                .prefetch = [](Index::Location) {}}};
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
  EXPECT_LT(pool_->allocated_bytes(), full_bytes * 2 / 5);  // of whole pages
}

TEST_F(IndexTest, KeepsItemsWhoseHashesAreAlike) {
  for (uint64_t i = 0; i < 100; ++i) add(0x1234'0000'0000'0001u);
  for (Index::Location i = 0; i < 100; ++i) ASSERT_TRUE(holds(i));
  for (Index::Location i = 0; i < 100; i += 2) index_.erase(hashes_[i], i);
  for (Index::Location i = 0; i < 100; ++i) ASSERT_EQ(holds(i), i % 2 == 1);
}

TEST(Index, RefusesWhatThePoolHasNoMemoryForAndKeepsTheRest) {
  auto pool = Pool::open(64u << 10).value();
  std::vector<uint64_t> hashes;
  Holding holding(*pool, 64u << 10);
  Index index(holding, {.hash_of = [&](Index::Location location) { return hashes[location]; },
                        .prefetch = [](Index::Location) {}});
  std::mt19937_64 random(3);
  do {
    hashes.push_back(random());
  } while (index.insert(hashes.back(), static_cast<Index::Location>(hashes.size() - 1)));
  EXPECT_GT(index.size(), 2'000u);
  EXPECT_EQ(index.size(), hashes.size() - 1);
  for (Index::Location i = 0; i + 1 < hashes.size(); ++i) {
    const auto is_it = [i](Index::Location found) { return found == i; };
    ASSERT_NE(index.find(hashes[i], is_it), nullptr) << i;
  }
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
