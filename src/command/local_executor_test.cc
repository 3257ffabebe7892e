#include "command/local_executor.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/limits.h"

namespace cachery::command {
namespace {

using protocol::Request;
using protocol::Verb;
using tenant::Counter;

constexpr tenant::CacheId kCache = 7;
constexpr uint64_t kLargeBytes = uint64_t{512} << 20;  // of several shards

Request get_of(std::string_view key) {
  Request request;
  request.verb = Verb::get;
  request.key = request.wire_key = key;
  return request;
}

Request set_of(std::string_view key, std::string_view value) {
  Request request;
  request.verb = Verb::set;
  request.key = request.wire_key = key;
  request.value = value;
  return request;
}

class LocalExecutorTest : public testing::Test {
 protected:
  static constexpr size_t kWorkers = 4;

  LocalExecutorTest() { apply(kLargeBytes); }

  void apply(uint64_t memory_bytes) {
    tenant::Snapshot snapshot{.revision = ++revision_, .caches = {}};
    if (memory_bytes != 0) {
      tenant::Cache& cache = snapshot.caches.emplace_back();
      cache.id = kCache;
      cache.limits.memory_bytes = memory_bytes;
    }
    executor_.apply(tenant::TenantTable::build(std::move(snapshot)).value());
  }
  std::shared_ptr<serve::CacheUse> use(size_t worker = 0) { return executor_.use(kCache, worker); }

  std::string ask(serve::CacheUse& cache, Request request) {
    protocol::Output out;
    executor_.prepare(cache, {&request, 1}, 0);
    EXPECT_EQ(executor_.execute(cache, {&request, 1}, now_, out), 1u);
    return std::string(out.view());
  }
  bool set(serve::CacheUse& cache, std::string_view key, std::string_view value = "v") {
    return ask(cache, set_of(key, value)) == "STORED\r\n";
  }
  bool has(serve::CacheUse& cache, std::string_view key) {
    return ask(cache, get_of(key)) != "END\r\n";
  }
  uint64_t counter(Counter counter) { return executor_.find(kCache)->counters()[counter]; }
  void pass(uint32_t seconds) {
    now_.unix_seconds += seconds;
    now_.steady_ns += uint64_t{seconds} * 1'000'000'000;
  }
  void tidy() {
    while (
        executor_.find(kCache)->tidy(static_cast<uint32_t>(executor_.item_clock().seconds(now_)))) {
    }
  }

  Now now_{.unix_seconds = 1'700'000'000, .steady_ns = 1};
  std::unique_ptr<store::Pool> pool_ = store::Pool::open(uint64_t{1} << 30).value();
  LocalExecutor executor_{*pool_,
                          {.workers = kWorkers, .item_bytes_max = 1u << 20, .started = now_}};
  uint64_t revision_ = 0;
};

TEST_F(LocalExecutorTest, ADeletedCacheIsFreedByWhoTidiesAndNotByItsLastUser) {
  auto cache = use();
  ASSERT_TRUE(set(*cache, "key", std::string(100'000, 'v')));
  apply(0);
  executor_.tidy(now_);
  EXPECT_EQ(pool_->allocated_bytes(), 0u) << "also while a connection is still there";
  ASSERT_TRUE(set(*cache, "late", std::string(100'000, 'v')));
  cache.reset();
  EXPECT_GT(pool_->allocated_bytes(), 0u);
  while (pool_->allocated_bytes() > 0) ASSERT_FALSE(executor_.tidy(now_));
}

TEST_F(LocalExecutorTest, KnowsNoCacheThatTheTableDoesNot) {
  EXPECT_EQ(executor_.use(kCache + 1, 0), nullptr);
  EXPECT_EQ(executor_.find_used(kCache), nullptr) << "a look makes none";
  EXPECT_NE(use(), nullptr);
  EXPECT_NE(executor_.find_used(kCache), nullptr);
}

TEST_F(LocalExecutorTest, GivesAWorkerOneUseAndEachWorkerItsOwn) {
  const auto first = use(0);
  EXPECT_EQ(first, use(0));
  EXPECT_NE(first, use(1));
  EXPECT_TRUE(set(*first, "key"));
  EXPECT_TRUE(has(*use(1), "key"));
}

TEST_F(LocalExecutorTest, KeepsCountersOfUsesThatEnded) {
  for (int i = 0; i < 3; ++i) {
    const auto ended = use(static_cast<size_t>(i));
    set(*ended, "key");
    has(*ended, "key");
    has(*ended, "none");
  }
  EXPECT_EQ(counter(Counter::cmd_set), 3u);
  EXPECT_EQ(counter(Counter::get_hits), 3u);
  EXPECT_EQ(counter(Counter::get_misses), 3u);
  EXPECT_EQ(counter(Counter::curr_items), 1u);
}

TEST_F(LocalExecutorTest, ResetTakesCountersToZeroAndLeavesLevels) {
  const auto live = use(0);
  set(*use(1), "ended");
  set(*live, "key");
  executor_.reset_counters(*live);
  EXPECT_EQ(counter(Counter::cmd_set), 0u);
  EXPECT_EQ(counter(Counter::total_items), 0u);
  EXPECT_EQ(counter(Counter::curr_items), 2u);
  EXPECT_EQ(counter(Counter::limit_maxbytes), kLargeBytes);
  set(*live, "key");
  EXPECT_EQ(counter(Counter::cmd_set), 1u);
}

// A counter that is read while a use ends must not be seen to fall, or a reset could make it wrap.
TEST_F(LocalExecutorTest, CountersOnlyGrowWhileUsesComeAndGo) {
  std::atomic<bool> is_over = false;
  std::thread churn([&] {
    for (int i = 0; i < 20'000; ++i) has(*use(1), "none");
    is_over = true;
  });
  uint64_t last = 0;
  while (!is_over) {
    const uint64_t seen = counter(Counter::cmd_get);
    EXPECT_GE(seen, last);
    last = std::max(last, seen);
  }
  churn.join();
  EXPECT_EQ(counter(Counter::cmd_get), 20'000u);
}

TEST_F(LocalExecutorTest, FlushedMemoryIsGivenBackByTidy) {
  const auto cache = use();
  const std::string value(100'000, 'v');
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(set(*cache, "key" + std::to_string(i), value));
  const uint64_t full = pool_->allocated_bytes();
  executor_.flush(*cache, 0, now_);
  EXPECT_FALSE(has(*cache, "key1"));
  EXPECT_EQ(counter(Counter::curr_items), 0u);
  tidy();
  EXPECT_LT(pool_->allocated_bytes(), full / 10);
}

TEST_F(LocalExecutorTest, DelayedFlushKillsWhatWasSetBeforeItFiresAndNothingAfter) {
  const auto cache = use();
  set(*cache, "before");
  executor_.flush(*cache, 10, now_);
  set(*cache, "meanwhile");
  pass(9);
  EXPECT_TRUE(has(*cache, "before"));
  pass(1);
  EXPECT_FALSE(has(*cache, "before"));
  EXPECT_FALSE(has(*cache, "meanwhile"));
  set(*cache, "after");
  pass(100);
  EXPECT_TRUE(has(*cache, "after"));
  EXPECT_FALSE(has(*cache, "before"));
}

TEST_F(LocalExecutorTest, ALaterFlushReplacesADelayedOne) {
  const auto cache = use();
  set(*cache, "key");
  executor_.flush(*cache, 10, now_);
  executor_.flush(*cache, 100, now_);
  pass(50);
  EXPECT_TRUE(has(*cache, "key"));
  executor_.flush(*cache, 0, now_);
  EXPECT_FALSE(has(*cache, "key"));
  set(*cache, "key");
  pass(1000);
  EXPECT_TRUE(has(*cache, "key")) << "the delayed one was replaced";
}

TEST_F(LocalExecutorTest, DelayedFlushTakesAnAbsoluteTimeToo) {
  const auto cache = use();
  set(*cache, "key");
  executor_.flush(*cache, now_.unix_seconds + 5, now_);
  pass(4);
  EXPECT_TRUE(has(*cache, "key"));
  pass(1);
  EXPECT_FALSE(has(*cache, "key"));
}

TEST_F(LocalExecutorTest, ASmallerLimitIsKeptOnceTidiedAndALargerOneKeepsAll) {
  const auto cache = use();
  const std::string value(100'000, 'v');
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(set(*cache, "key" + std::to_string(i), value));
  ASSERT_EQ(counter(Counter::evictions), 0u);
  apply(kLargeBytes * 2);
  EXPECT_EQ(counter(Counter::limit_maxbytes), kLargeBytes * 2);
  EXPECT_EQ(counter(Counter::curr_items), 1000u);
  constexpr uint64_t kSmaller = uint64_t{40} << 20;
  apply(kSmaller);
  tidy();
  EXPECT_LE(counter(Counter::bytes), kSmaller);
  EXPECT_GT(counter(Counter::curr_items), 100u);
  EXPECT_EQ(counter(Counter::curr_items) + counter(Counter::evictions), 1000u);
}

TEST_F(LocalExecutorTest, ADeletedCacheGoesWithItsLastUse) {
  auto cache = use();
  set(*cache, "key");
  const std::weak_ptr<LocalCache> watched = executor_.find(kCache);
  apply(0);
  EXPECT_EQ(use(1), nullptr);
  EXPECT_TRUE(executor_.used_caches().empty());
  EXPECT_TRUE(has(*cache, "key")) << "who still holds it may finish";
  EXPECT_FALSE(watched.expired());
  cache.reset();
  executor_.tidy(now_);
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(pool_->allocated_bytes(), 0u);
}

TEST_F(LocalExecutorTest, StopsWhenItsOutputIsFullAndGoesOn) {
  const auto cache = use();
  ASSERT_TRUE(set(*cache, "key", std::string(30'000, 'v')));
  std::vector<Request> requests(20, get_of("key"));
  executor_.prepare(*cache, requests, 0);
  size_t done = 0;
  size_t calls = 0;
  size_t bytes = 0;
  while (done < requests.size()) {
    protocol::Output out;
    const size_t answered = executor_.execute(*cache, std::span(requests).subspan(done), now_, out);
    ASSERT_GE(answered, 1u);
    EXPECT_LE(out.size(), limits::kReplyFlushBytes + 31'000);
    done += answered;
    bytes += out.size();
    ++calls;
  }
  EXPECT_EQ(calls, 7u);
  EXPECT_EQ(bytes, 20 * std::string("VALUE key 0 30000\r\n\r\nEND\r\n").size() + 20 * 30'000);
  EXPECT_EQ(counter(Counter::get_hits), 20u) << "none was answered twice";
}

TEST_F(LocalExecutorTest, LeavesUntouchedWhatTheCredentialMayNotDo) {
  const auto cache = use();
  set(*cache, "key", "old");
  Request request = set_of("key", "new");
  request.is_refused = true;
  EXPECT_EQ(ask(*cache, request), "NOT_STORED\r\n");
  EXPECT_EQ(ask(*cache, get_of("key")), "VALUE key 0 3\r\nold\r\nEND\r\n");
}

void work(LocalExecutor& executor, size_t worker, Now now) {
  const auto cache = executor.use(kCache, worker);
  for (int i = 0; i < 300; ++i) {
    std::vector<std::string> keys;
    for (int j = 0; j < 16; ++j) keys.push_back("key" + std::to_string((i * 16 + j) % 1000));
    std::vector<Request> requests;
    for (const std::string& key : keys) {
      requests.push_back(requests.size() % 2 == 0 ? set_of(key, "value") : get_of(key));
    }
    protocol::Output out;
    executor.prepare(*cache, requests, 0);
    EXPECT_EQ(executor.execute(*cache, requests, now, out), requests.size());
  }
}

TEST_F(LocalExecutorTest, CountsExactlyWhatSeveralWorkersDoToSeveralShards) {
  ASSERT_GT(executor_.find(kCache)->shard_count(), 1u);
  std::vector<std::thread> workers;
  for (size_t worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([this, worker] { work(executor_, worker, now_); });
  }
  for (int i = 0; i < 50; ++i) {
    counter(Counter::cmd_get);
    apply(kLargeBytes - static_cast<uint64_t>(i));
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(counter(Counter::cmd_set), kWorkers * 300 * 8);
  EXPECT_EQ(counter(Counter::cmd_get), kWorkers * 300 * 8);
  EXPECT_EQ(counter(Counter::get_hits) + counter(Counter::get_misses), kWorkers * 300 * 8);
  EXPECT_EQ(counter(Counter::total_items), kWorkers * 300 * 8);
  EXPECT_EQ(counter(Counter::curr_items), 500u);
}

}  // namespace
}  // namespace cachery::command
