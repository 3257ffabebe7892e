#include "net/spare_bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace cachery::net {
namespace {

constexpr size_t kLong = SpareBytes::kBlockBytesMin;

WaitingBytes block_of(size_t bytes) {
  WaitingBytes block;
  block.append(std::string(bytes, 'x'));
  return block;
}

TEST(SpareBytesTest, GivesABlockToWhoNeedsOneNextAndEmpty) {
  SpareBytes spares;
  WaitingBytes done = block_of(2 * kLong);
  const char* const data = done.bytes().data();
  spares.give(done);
  EXPECT_EQ(done.capacity(), 0u);
  EXPECT_EQ(spares.bytes(), 2 * kLong);

  WaitingBytes next;
  spares.take(next, kLong + 1);
  EXPECT_EQ(spares.bytes(), 0u);
  EXPECT_TRUE(next.empty());
  EXPECT_EQ(next.reserve(kLong + 1).data(), data);
}

TEST(SpareBytesTest, KeepsNoShortBlocksAndGivesNoneThatFitBadly) {
  SpareBytes spares;
  WaitingBytes block = block_of(kLong - 1);
  spares.give(block);
  EXPECT_EQ(spares.bytes(), 0u);

  block = block_of(8 * kLong);
  spares.give(block);
  WaitingBytes next;
  for (const size_t wanted : {kLong - 1, kLong, 2 * kLong - 1, 8 * kLong + 1}) {
    spares.take(next, wanted);
    EXPECT_EQ(next.capacity(), 0u) << wanted;
  }
  spares.take(next, 2 * kLong);
  EXPECT_EQ(next.capacity(), 8 * kLong);
}

// Or who sends long values could leave their pages to connections that say they hold nothing.
TEST(SpareBytesTest, ABlockStillCostsWhatWasWrittenToIt) {
  SpareBytes spares;
  WaitingBytes block = block_of(4 * kLong);
  const size_t cost = block.touched_bytes();
  EXPECT_GE(cost, 4 * kLong);
  spares.give(block);
  WaitingBytes next;
  spares.take(next, kLong);
  next.append("x");
  EXPECT_EQ(next.touched_bytes(), cost);
}

TEST(SpareBytesTest, KeepsNoMoreThanItsBound) {
  SpareBytes spares;
  for (size_t given = 0; given < 2 * SpareBytes::kBytesMax; given += 4 * kLong) {
    WaitingBytes block = block_of(4 * kLong);
    spares.give(block);
    EXPECT_EQ(block.capacity(), 0u);
  }
  EXPECT_EQ(spares.bytes(), SpareBytes::kBytesMax);
  spares.clear();
  EXPECT_EQ(spares.bytes(), 0u);
}

TEST(SpareBytesTest, LetsGoWhatNobodyTookBetweenTwoTidyings) {
  SpareBytes spares;
  for (int i = 0; i < 3; ++i) {
    WaitingBytes block = block_of(kLong);
    spares.give(block);
  }
  spares.tidy();
  EXPECT_EQ(spares.bytes(), 3 * kLong) << "given since";
  WaitingBytes busy;
  spares.take(busy, kLong);
  spares.give(busy);
  spares.tidy();
  EXPECT_EQ(spares.bytes(), kLong) << "one of three was in use";
  spares.tidy();
  EXPECT_EQ(spares.bytes(), 0u);
}

}  // namespace
}  // namespace cachery::net
