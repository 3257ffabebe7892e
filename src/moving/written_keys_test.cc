#include "moving/written_keys.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

namespace cachery::moving {
namespace {

TEST(WrittenKeys, KnowsWhatWasMarkedAndNothingElse) {
  WrittenKeys written;
  for (int n = 0; n < 10'000; ++n) EXPECT_TRUE(written.mark("key-" + std::to_string(n))) << n;
  for (int n = 0; n < 10'000; ++n) EXPECT_TRUE(written.has("key-" + std::to_string(n))) << n;
  // The head's figure for 10 million is one in 500,000: among these there is none.
  for (int n = 10'000; n < 20'000; ++n) EXPECT_FALSE(written.has("key-" + std::to_string(n))) << n;
}

TEST(WrittenKeys, TellsTheFirstMarkFromTheNext) {
  WrittenKeys written;
  EXPECT_TRUE(written.mark("a"));
  EXPECT_FALSE(written.mark("a"));
}

TEST(WrittenKeys, HoldsEveryKeyForWrittenAfterAFlush) {
  WrittenKeys written;
  EXPECT_FALSE(written.has("never seen"));
  written.mark_all();
  EXPECT_TRUE(written.has("never seen"));
}

// A delete waits for the copy that is under way, so that it comes after it.
TEST(WrittenKeys, MarksAHeldKeyOnlyOnceTheCopyIsDone) {
  WrittenKeys written;
  const std::vector<std::string> keys = {"a", "b", "a"};
  auto held = written.hold(keys);
  auto mark = std::async(std::launch::async, [&] { return written.mark("b"); });
  auto flush = std::async(std::launch::async, [&] { written.mark_all(); });
  EXPECT_EQ(mark.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  EXPECT_EQ(flush.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  held.clear();
  EXPECT_TRUE(mark.get());
  flush.get();
  EXPECT_TRUE(written.has("b"));
}

TEST(WrittenKeys, LetsHoldersOfTheSameKeysInAnyOrderPass) {
  WrittenKeys written;
  const auto take = [&](std::vector<std::string> keys) {
    for (int n = 0; n < 2000; ++n) EXPECT_FALSE(written.hold(keys).empty());
  };
  auto one = std::async(std::launch::async, take, std::vector<std::string>{"a", "b", "c"});
  auto other = std::async(std::launch::async, take, std::vector<std::string>{"c", "b", "a"});
  one.get();
  other.get();
}

}  // namespace
}  // namespace cachery::moving
