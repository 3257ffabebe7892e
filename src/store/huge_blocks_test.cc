#include "store/huge_blocks.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <set>

namespace cachery::store {
namespace {

constexpr size_t kBlockBytes = HugeBlocks::kBlockBytes;
constexpr size_t kBlocks = 4;
constexpr size_t kExtentBytes = 64u << 10;
constexpr size_t kExtents = kBlockBytes / kExtentBytes;

class HugeBlocksTest : public testing::Test {
 protected:
  HugeBlocksTest() {
    reserved_ =
        static_cast<char*>(mmap(nullptr, (kBlocks + 1) * kBlockBytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    begin_ = reserved_ + (-reinterpret_cast<uintptr_t>(reserved_) % kBlockBytes);
    blocks_ = HugeBlocks(begin_, begin_ + kBlocks * kBlockBytes);
  }
  ~HugeBlocksTest() override { munmap(reserved_, (kBlocks + 1) * kBlockBytes); }

  size_t block_of(const char* extent) const {
    return static_cast<size_t>(extent - begin_) / kBlockBytes;
  }
  std::vector<char*> take(size_t count, size_t bytes = kExtentBytes) {
    std::vector<char*> extents;
    for (size_t i = 0; i < count; ++i) extents.push_back(blocks_.take(bytes));
    return extents;
  }

  char* reserved_;
  char* begin_;
  HugeBlocks blocks_;
};

TEST_F(HugeBlocksTest, FillsABlockBeforeItBeginsAnother) {
  const auto extents = take(kExtents + 1);
  for (size_t i = 0; i < kExtents; ++i) EXPECT_EQ(extents[i], begin_ + i * kExtentBytes);
  EXPECT_EQ(block_of(extents[kExtents]), 1u);
}

TEST_F(HugeBlocksTest, NoExtentIsGivenTwice) {
  const auto extents = take(kBlocks * kExtents);
  EXPECT_EQ(std::set<char*>(extents.begin(), extents.end()).size(), kBlocks * kExtents);
  EXPECT_EQ(blocks_.take(kExtentBytes), nullptr);
  blocks_.give_back(extents[77], kExtentBytes);
  EXPECT_EQ(blocks_.take(kExtentBytes), extents[77]);
}

TEST_F(HugeBlocksTest, AHoleIsFilledBeforeABlockIsBegun) {
  const auto extents = take(2 * kExtents);
  blocks_.give_back(extents[3], kExtentBytes);
  blocks_.give_back(extents[kExtents + 9], kExtentBytes);
  const auto again = take(2);
  EXPECT_EQ(std::set<char*>(again.begin(), again.end()),
            (std::set<char*>{extents[3], extents[kExtents + 9]}));
}

TEST_F(HugeBlocksTest, ABlockThatBecameEmptyServesAnotherSize) {
  const auto extents = take(kBlocks * kExtents);
  EXPECT_EQ(blocks_.take(16u << 10), nullptr);
  for (size_t i = 0; i < kExtents; ++i) blocks_.give_back(extents[kExtents + i], kExtentBytes);
  const auto smaller = take(kBlockBytes / (16u << 10), 16u << 10);
  for (const char* extent : smaller) EXPECT_EQ(block_of(extent), 1u);
  EXPECT_EQ(blocks_.take(kExtentBytes), nullptr);
}

TEST_F(HugeBlocksTest, CountsPagesThatNobodyUsesAndGivesThemBack) {
  const auto extents = take(kExtents);
  EXPECT_EQ(blocks_.kept_bytes(), 0u);
  take(1);
  EXPECT_EQ(blocks_.kept_bytes(), kBlockBytes - kExtentBytes);
  extents[0][5] = 'x';
  blocks_.give_back(extents[0], kExtentBytes);
  EXPECT_EQ(blocks_.kept_bytes(), kBlockBytes);
  blocks_.trim(0);
  EXPECT_EQ(blocks_.kept_bytes(), 0u);
  EXPECT_EQ(extents[0][5], '\0') << "its page went back";
}

TEST_F(HugeBlocksTest, WhatIsInUseKeepsItsBytesWhileAllElseIsGivenBack) {
  auto extents = take(3 * kExtents);
  for (size_t i = 0; i < extents.size(); ++i) extents[i][0] = static_cast<char>(i);
  for (size_t i = 0; i < extents.size(); i += 2) blocks_.give_back(extents[i], kExtentBytes);
  blocks_.trim(0);
  for (size_t i = 1; i < extents.size(); i += 2) {
    EXPECT_EQ(extents[i][0], static_cast<char>(i));
    blocks_.give_back(extents[i], kExtentBytes);
  }
  blocks_.trim(0);
  EXPECT_EQ(blocks_.kept_bytes(), 0u);
  EXPECT_EQ(take(kBlocks * kExtents).back() != nullptr, true);
}

}  // namespace
}  // namespace cachery::store
