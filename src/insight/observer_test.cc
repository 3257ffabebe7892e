#include "insight/observer.h"

#include <gtest/gtest.h>

#include <thread>

namespace cachery::insight {
namespace {

constexpr int64_t kNow = 1'700'000'000;

class ObserverTest : public testing::Test {
 protected:
  // One batch of reads of `key` that hit.
  void play(size_t requests, uint64_t steady_ns, std::string_view key = "key") {
    const Now now{.unix_seconds = kNow, .steady_ns = steady_ns};
    Lens lens(observer_, share_, requests, now);
    for (size_t i = 0; i < requests; ++i) {
      if (lens.wants(kHash)) {
        lens.note({.key = key,
                   .hash = kHash,
                   .value_bytes = 1,
                   .charged_bytes = 64,
                   .act = Act::hit,
                   .command = "GET",
                   .status = "OK"});
      }
    }
    reads_ += requests;
    if (lens.has_events()) lens.hand_over({reads_, 0}, kNow);
  }

  static constexpr uint64_t kHash = 12'345;
  Observer observer_{1 << 20};
  WorkerShare share_;
  uint64_t reads_ = 0;
};

TEST_F(ObserverTest, WatchesFromTheFirstLookUntilNobodyHasLookedForAWhile) {
  play(1, 1);
  EXPECT_FALSE(observer_.is_watched());
  EXPECT_TRUE(observer_.recent_requests(kNow).empty()) << "nothing was kept before";
  EXPECT_TRUE(observer_.is_watched());
  play(2, 2);
  EXPECT_EQ(observer_.recent_requests(kNow).size(), 2u);
  observer_.tidy(kNow + tenant::kWatchSeconds - 1);
  EXPECT_TRUE(observer_.is_watched());
  const size_t watching_bytes = observer_.memory_bytes();
  observer_.tidy(kNow + tenant::kWatchSeconds);
  EXPECT_FALSE(observer_.is_watched());
  EXPECT_LT(observer_.memory_bytes(), watching_bytes);
  EXPECT_TRUE(observer_.recent_requests(kNow).empty()) << "it begins anew";
}

TEST_F(ObserverTest, WatchedPrefixesKeepItOn) {
  observer_.watch_prefixes({"k"}, kNow);
  observer_.tidy(kNow + 10 * tenant::kWatchSeconds);
  EXPECT_TRUE(observer_.is_watched());
  observer_.watch_prefixes({}, kNow);
  observer_.tidy(kNow + tenant::kWatchSeconds);
  EXPECT_FALSE(observer_.is_watched());
  observer_.watch_prefixes({}, kNow);
  EXPECT_FALSE(observer_.is_watched()) << "nothing to watch is no look";
}

TEST_F(ObserverTest, PassesBatchesOverAboveItsPaceAndWeighsTheOthers) {
  observer_.popular_items(kNow);
  constexpr uint64_t kSecond = 1'000'000'000;
  for (uint64_t i = 0; i < 2'000; ++i) play(50, kSecond + i * 1'000'000);  // 50,000 a second
  const auto popular = observer_.popular_items(kNow);
  ASSERT_EQ(popular.hit_keys.size(), 1u);
  EXPECT_NEAR(static_cast<double>(popular.hit_keys[0].popularity), 100'000, 1'000);
  EXPECT_EQ(observer_.recent_requests(kNow).size(), RequestLog::kRequests);
  EXPECT_GT(share_.next_watched_ns, 0u);
}

TEST_F(ObserverTest, CountsReadsForTheCurveWhetherWatchedOrNot) {
  for (uint64_t i = 1; i <= 10; ++i) play(10, i);
  EXPECT_EQ(observer_.miss_ratio_curve().reads, 100);
  observer_.set_limit(1 << 20);
  EXPECT_EQ(observer_.miss_ratio_curve().reads, 100) << "the same limit";
  observer_.set_limit(2 << 20);
  EXPECT_TRUE(observer_.miss_ratio_curve().points.empty());
}

TEST_F(ObserverTest, ARestGivesItsMemoryBackAndTheNextRequestBeginsAnew) {
  const size_t unused_bytes = observer_.memory_bytes();
  for (uint64_t i = 1; i <= 10; ++i) play(10, i);
  observer_.popular_items(kNow);
  ASSERT_GT(observer_.memory_bytes(), unused_bytes);
  observer_.rest();
  EXPECT_EQ(observer_.memory_bytes(), unused_bytes);
  EXPECT_FALSE(observer_.is_watched());
  EXPECT_TRUE(observer_.miss_ratio_curve().points.empty());
  play(10, 11);
  EXPECT_GT(observer_.memory_bytes(), unused_bytes);
  observer_.watch_prefixes({"user:"}, kNow);
  observer_.rest();
  EXPECT_TRUE(observer_.is_watched()) << "prefixes are watched until somebody takes them back";
}

TEST_F(ObserverTest, StandsWorkersAndWhoLooksAtOnce) {
  std::vector<std::thread> workers;
  std::atomic<bool> has_looked = false;
  for (int worker = 0; worker < 2; ++worker) {
    workers.emplace_back([this, worker, &has_looked] {
      WorkerShare share;
      bool is_last = false;
      for (uint64_t i = 1; !is_last; ++i) {
        is_last = has_looked;  // one more, when nobody looks any more
        const Now now{.unix_seconds = kNow, .steady_ns = i * 1'000'000};
        Lens lens(observer_, share, 1, now);
        const std::string key = "user:" + std::to_string(worker) + ":" + std::to_string(i % 100);
        lens.note({.key = key, .hash = i % 100, .act = Act::hit});
        lens.hand_over({i, 0}, kNow);
      }
    });
  }
  for (int i = 0; i < 500; ++i) {
    observer_.watch_prefixes({"user:0:"}, kNow);
    for (const auto& request : observer_.recent_requests(kNow)) {
      EXPECT_TRUE(request.key.starts_with("user:")) << request.key;
    }
    observer_.ask_about(0, "user:0:0", kNow);
    observer_.popular_items("user:0:", kNow);
    observer_.prefix_tallies(kNow);
    observer_.miss_ratio_curve();
    observer_.clear_items();
    if (i % 10 == 0) observer_.stop_watching();
  }
  has_looked = true;
  for (std::thread& worker : workers) worker.join();
  EXPECT_GT(observer_.miss_ratio_curve().reads, 0);
}

}  // namespace
}  // namespace cachery::insight
