#include "serve/rate_limit.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cachery::serve {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kStart = 1000 * kSecond;

TEST(RateLimit, OfZeroNeverMakesAnybodyWait) {
  RateLimit limit;
  EXPECT_LE(limit.take(1'000'000'000, kStart), kStart);
  EXPECT_LE(limit.take(1'000'000'000, kStart), kStart);
}

TEST(RateLimit, LetsOneSecondsWorthGoAtOnceAndThenMakesWait) {
  RateLimit limit;
  limit.set_per_second(100);
  for (int i = 0; i < 100; ++i) EXPECT_LE(limit.take(1, kStart), kStart) << i;
  EXPECT_EQ(limit.take(1, kStart), kStart + kSecond / 100);
  EXPECT_EQ(limit.take(1, kStart), kStart + kSecond / 50);
}

TEST(RateLimit, NeverMakesWaitWhoKeepsToTheRate) {
  RateLimit limit;
  limit.set_per_second(1000);
  for (uint64_t i = 0; i < 10'000; ++i) {
    const uint64_t now = kStart + i * kSecond / 1000;
    ASSERT_LE(limit.take(1, now), now) << i;
  }
}

TEST(RateLimit, OverALongTimeLetsTheRateThroughAndOneBurst) {
  RateLimit limit;
  limit.set_per_second(500);
  uint64_t taken = 0;
  for (uint64_t now = kStart; now < kStart + 10 * kSecond;) {
    const uint64_t until = limit.take(1, now);
    ++taken;
    if (until > now) now = until;
  }
  EXPECT_GE(taken, 5'500u - 1);
  EXPECT_LE(taken, 5'500u + 1);
}

TEST(RateLimit, MakesWaitForAsLongAsWhatWasTakenIsOverTheBurst) {
  RateLimit limit;
  limit.set_per_second(1 << 20);
  EXPECT_EQ(limit.take(10 << 20, kStart), kStart + 9 * kSecond);
}

TEST(RateLimit, ForgetsWhatWasNotUsedBeyondOneBurst) {
  RateLimit limit;
  limit.set_per_second(10);
  EXPECT_LE(limit.take(10, kStart), kStart);
  const uint64_t later = kStart + 3600 * kSecond;
  EXPECT_LE(limit.take(10, later), later);
  EXPECT_GT(limit.take(1, later), later);
}

TEST(RateLimit, MayChangeAndMayBeLifted) {
  RateLimit limit;
  limit.set_per_second(1);
  EXPECT_GT(limit.take(5, kStart), kStart);
  limit.set_per_second(0);
  EXPECT_LE(limit.take(5, kStart), kStart);
}

TEST(RateLimit, CountsWhatManyThreadsTake) {
  RateLimit limit;
  limit.set_per_second(1000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) limit.take(1, kStart);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(limit.take(1000, kStart), kStart + 4 * kSecond);
}

}  // namespace
}  // namespace cachery::serve
