// A wall clock that jumps: what lives for a time goes on for that time, whoever looks at it. All
// who take an item's seconds are asked at the same moments: a get, what meta tells, the
// housekeeper, a delayed flush, the page that looks a key up.
#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"
#include "command/local_executor.h"
#include "command/local_introspection.h"
#include "serve/session.h"
#include "store/pool.h"

namespace cachery::command {
namespace {

constexpr tenant::CacheId kCache = 1;
constexpr int64_t kDay = 86'400;

class ItemClockTest : public testing::TestWithParam<int64_t> {
 protected:
  ItemClockTest() {
    settings_.open_cache = kCache;
    tenant::Snapshot snapshot{.revision = 1, .caches = {}};
    tenant::Cache& cache = snapshot.caches.emplace_back();
    cache.id = kCache;
    cache.limits.memory_bytes = 8u << 20;
    context_.table = tenant::TenantTable::build(std::move(snapshot)).value();
    executor_.apply(context_.table);
    session_ = std::make_unique<serve::Session>(context_, "127.0.0.1", "127.0.0.1");
  }

  std::string say(std::string bytes) {
    session_->on_input(bytes, clock_.now());
    std::string replies(session_->output());
    session_->output_taken();
    return replies;
  }
  bool has(const std::string& key) { return say("mg " + key + "\r\n") == "HD\r\n"; }
  void sweep() {
    while (executor_.tidy(clock_.now())) {
    }
  }
  uint64_t items() { return executor_.find(kCache)->counters()[tenant::Counter::curr_items]; }

  FakeClock clock_;
  std::unique_ptr<store::Pool> pool_ = store::Pool::open(64u << 20).value();
  LocalExecutor executor_{*pool_,
                          {.workers = 1, .item_bytes_max = 1u << 20, .started = clock_.now()}};
  LocalIntrospection introspection_{executor_, clock_};
  serve::SessionSettings settings_{.parse = {}, .started = clock_.now()};
  serve::SessionContext context_{executor_, settings_, 0};
  std::unique_ptr<serve::Session> session_;
};

TEST_P(ItemClockTest, ARelativeTimeIsMeasuredByWhatHasPassed) {
  say("set k 0 1000 1\r\nv\r\n");
  clock_.advance_seconds(5);
  clock_.correct_wall_clock(GetParam());
  EXPECT_EQ(say("mg k t l\r\n"), "HD t995 l5\r\n");
  sweep();
  EXPECT_EQ(items(), 1u);
  EXPECT_TRUE(introspection_.key_stats(kCache, "k")->is_in_cache);
  clock_.advance_seconds(994);
  EXPECT_TRUE(has("k"));
  clock_.advance_seconds(1);
  EXPECT_FALSE(introspection_.key_stats(kCache, "k")->is_in_cache);
  EXPECT_FALSE(has("k"));
}

TEST_P(ItemClockTest, TheHousekeeperSweepsByWhatHasPassed) {
  say("set k 0 3 1\r\nv\r\n");
  clock_.correct_wall_clock(GetParam());
  clock_.advance_seconds(10);
  sweep();
  EXPECT_EQ(items(), 0u);
}

TEST_P(ItemClockTest, ADelayedFlushComesWhenItsTimeHasPassed) {
  say("set k 0 0 1\r\nv\r\n");
  say("flush_all 100\r\n");
  clock_.correct_wall_clock(GetParam());
  clock_.advance_seconds(99);
  EXPECT_TRUE(has("k"));
  clock_.advance_seconds(1);
  EXPECT_FALSE(has("k"));
}

TEST_P(ItemClockTest, ADateIsTheWallClocksAtTheMomentWhenItComes) {
  clock_.advance_seconds(7);
  clock_.correct_wall_clock(GetParam());
  const int64_t date = clock_.now().unix_seconds + 100;
  say("set k 0 " + std::to_string(date) + " 1\r\nv\r\n");
  EXPECT_EQ(say("mg k t\r\n"), "HD t100\r\n");
  say("set gone 0 " + std::to_string(date - 101) + " 1\r\nv\r\n");
  EXPECT_FALSE(has("gone"));
  clock_.advance_seconds(99);
  EXPECT_TRUE(has("k"));
  clock_.advance_seconds(1);
  EXPECT_FALSE(has("k"));
}

TEST_P(ItemClockTest, TheLogOfRequestsTellsTheWallClock) {
  introspection_.recent_requests(kCache).value();
  clock_.correct_wall_clock(GetParam());
  say("get k\r\n");
  const auto requests = introspection_.recent_requests(kCache).value();
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].unix_seconds, clock_.now().unix_seconds);
}

TEST_P(ItemClockTest, UptimeIsWhatHasPassed) {
  clock_.advance_seconds(50);
  clock_.correct_wall_clock(GetParam());
  EXPECT_NE(say("stats\r\n").find("STAT uptime 50\r\n"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(WallClocks, ItemClockTest, testing::Values(0, kDay, -kDay));

}  // namespace
}  // namespace cachery::command
