// Several caches on one pool: no cache's load takes what another holds, whatever it stores, flushes
// or is resized to, and one request's work is divided over turns.
#include <gtest/gtest.h>

#include <map>

#include "base/limits.h"
#include "command/local_executor.h"

namespace cachery::command {
namespace {

using protocol::Request;
using protocol::Verb;
using tenant::Counter;

constexpr tenant::CacheId kBusy = 1;
constexpr tenant::CacheId kQuiet = 2;
constexpr uint64_t kMiB = 1u << 20;

class SharedMemoryTest : public testing::Test {
 protected:
  void apply(const std::map<tenant::CacheId, uint64_t>& limits) {
    tenant::Snapshot snapshot{.revision = ++revision_, .caches = {}};
    for (const auto& [id, bytes] : limits) {
      tenant::Cache& cache = snapshot.caches.emplace_back();
      cache.id = id;
      cache.limits.memory_bytes = bytes;
    }
    executor_->apply(tenant::TenantTable::build(std::move(snapshot)).value());
  }
  void open(uint64_t pool_bytes, const std::map<tenant::CacheId, uint64_t>& limits,
            uint32_t item_bytes_max = kMiB) {
    pool_ = store::Pool::open(pool_bytes).value();
    executor_ = std::make_unique<LocalExecutor>(
        *pool_, ExecutorSettings{.workers = 1,
                                 .item_bytes_max = item_bytes_max,
                                 .wake_housekeeper = [this] { ++wakes_; }});
    apply(limits);
  }
  // Each request in a turn of its own; the number of turns that it took.
  size_t ask(serve::CacheUse& cache, Request request, std::string& answer) {
    request.wire_key = request.key;
    executor_->prepare(cache, {&request, 1}, 0);
    for (size_t turns = 1;; ++turns) {
      protocol::Output out;
      now_.steady_ns += 1'000;
      cache.spent(now_.steady_ns).ticket = ticket_;
      const size_t done = executor_->execute(cache, {&request, 1}, now_, out);
      work_max_ = std::max(work_max_, cache.spent(now_.steady_ns).work);
      if (done == 0) {
        EXPECT_TRUE(out.view().empty());
        continue;
      }
      answer = out.view();
      ++ticket_;
      return turns;
    }
  }
  bool set(tenant::CacheId id, std::string_view key, std::string_view value) {
    Request request;
    request.verb = Verb::set;
    request.key = key;
    request.value = value;
    std::string answer;
    const auto cache = executor_->use(id, 0);
    turns_ = ask(*cache, request, answer);
    return answer == "STORED\r\n";
  }
  void tidy() {
    while (executor_->tidy(now_)) {
    }
  }
  void tidy_if_woken() {
    if (std::exchange(wakes_, 0) > 0) executor_->tidy(now_);
  }
  uint64_t counter(tenant::CacheId id, Counter counter) {
    return executor_->find(id)->counters()[counter];
  }
  size_t fill(tenant::CacheId id, size_t count, std::string_view value) {
    size_t refused = 0;
    for (size_t i = 0; i < count; ++i) refused += set(id, std::to_string(i), value) ? 0u : 1u;
    return refused;
  }

  std::unique_ptr<store::Pool> pool_;
  std::unique_ptr<LocalExecutor> executor_;
  uint64_t revision_ = 0;
  size_t wakes_ = 0;
  size_t turns_ = 0;
  uint64_t ticket_ = 1;
  uint64_t work_max_ = 0;
  Now now_{.unix_seconds = 1'700'000'000, .steady_ns = 1};
};

TEST_F(SharedMemoryTest, FlushingInTurnTakesNothingFromANeighbour) {
  open(100 * kMiB / 100 * 115, {{kBusy, 27 * kMiB}, {kQuiet, 70 * kMiB}});
  const std::string value(10'000, 'v');
  ASSERT_EQ(fill(kQuiet, 6'000, value), 0u);
  for (int round = 0; round < 8; ++round) {
    ASSERT_EQ(fill(kBusy, 2'400, value), 0u) << round;  // the housekeeper never runs
    executor_->flush(*executor_->use(kBusy, 0), 0, now_);
    ASSERT_LE(pool_->allocated_bytes(), pool_->memory_bytes());
  }
  ASSERT_EQ(fill(kQuiet, 6'500, value), 0u);
  EXPECT_EQ(counter(kQuiet, Counter::evictions), 0u);
  EXPECT_EQ(counter(kBusy, Counter::evictions), 0u);
}

TEST_F(SharedMemoryTest, AFlushWakesTheHousekeeper) {
  open(64 * kMiB, {{kBusy, 27 * kMiB}});
  ASSERT_TRUE(set(kBusy, "key", std::string(500'000, 'v')));
  executor_->flush(*executor_->use(kBusy, 0), 0, now_);
  EXPECT_EQ(wakes_, 1u);
  tidy();
  EXPECT_EQ(pool_->allocated_bytes(), 0u);
}

// Limits promise ten times what there is, and the first cache has filled all of it.
TEST_F(SharedMemoryTest, ACacheBelowItsShareIsNeverRefused) {
  open(64 * kMiB, {{kBusy, 500 * kMiB}, {kQuiet, 100 * kMiB}});
  const std::string value(10'000, 'v');
  ASSERT_EQ(fill(kBusy, 10'000, value), 0u);
  EXPECT_GT(counter(kBusy, Counter::evictions), 0u);
  size_t refused = 0;
  for (size_t i = 0; i < 20'000; ++i) {
    refused += set(kQuiet, std::to_string(i), value) ? 0u : 1u;
    refused += set(kBusy, std::to_string(i), value) ? 0u : 1u;
    tidy_if_woken();
  }
  EXPECT_EQ(refused, 0u);
  const uint64_t share = 64 * kMiB / 6;  // by limits, 100 of 600
  EXPECT_GT(executor_->find(kQuiet)->charged_bytes(), share * 6 / 10);
  EXPECT_GT(executor_->find(kBusy)->charged_bytes(), 5 * share * 6 / 10);
}

TEST_F(SharedMemoryTest, ThousandsOfCachesOfOneItemLeaveRoomForOthers) {
  std::map<tenant::CacheId, uint64_t> limits{{kQuiet, 50 * kMiB}};
  for (tenant::CacheId id = 1'000; id < 3'000; ++id) limits[id] = 27 * kMiB;
  open(128 * kMiB, limits);
  for (tenant::CacheId id = 1'000; id < 3'000; ++id) ASSERT_TRUE(set(id, "k", "1"));
  EXPECT_LE(pool_->allocated_bytes(), 2'000u * (8u << 10));
  EXPECT_EQ(fill(kQuiet, 4'000, std::string(10'000, 'v')), 0u);
  EXPECT_EQ(counter(kQuiet, Counter::evictions), 0u);
}

TEST_F(SharedMemoryTest, ASmallerPlanAndADeletedCacheGiveWayAtOnce) {
  open(115 * kMiB, {{kBusy, 100 * kMiB}});
  const std::string value(10'000, 'v');
  ASSERT_EQ(fill(kBusy, 9'000, value), 0u);
  apply({{kBusy, 20 * kMiB}, {kQuiet, 80 * kMiB}});
  size_t refused = 0;
  for (size_t i = 0; i < 7'000; ++i) {
    refused += set(kQuiet, std::to_string(i), value) ? 0u : 1u;
    tidy_if_woken();
  }
  EXPECT_EQ(refused, 0u);
  tidy();
  EXPECT_LE(counter(kQuiet, Counter::evictions), 350u) << "one of twenty, before there was room";
}

TEST_F(SharedMemoryTest, ALongValueFindsItsRoomInParts) {
  open(64 * kMiB, {{kBusy, 6 * kMiB}});
  for (size_t i = 0; i < 220'000; ++i) ASSERT_TRUE(set(kBusy, std::to_string(i), "v"));
  ASSERT_GT(counter(kBusy, Counter::evictions), 0u);
  work_max_ = 0;
  ASSERT_TRUE(set(kBusy, "long", std::string(900'000, 'l')));
  EXPECT_GT(turns_, 3u);
  EXPECT_LE(work_max_, 2 * limits::kLoneTurnWork);
  ASSERT_TRUE(set(kBusy, "short", "v"));
  EXPECT_EQ(turns_, 1u);
}

TEST_F(SharedMemoryTest, ABatchOfAppendsEndsByWhatTheyCopy) {
  open(64 * kMiB, {{kBusy, 32 * kMiB}});
  ASSERT_TRUE(set(kBusy, "long", std::string(500'000, 'l')));
  const auto cache = executor_->use(kBusy, 0);
  Request request;
  request.verb = Verb::append;
  request.key = request.wire_key = "long";
  request.value = "x";
  std::vector<Request> requests(limits::kBatchRequests, request);
  executor_->prepare(*cache, requests, 0);
  protocol::Output out;
  now_.steady_ns += 1'000;
  EXPECT_LE(executor_->execute(*cache, requests, now_, out), 4u);
  for (Request& one : requests) one.value = "";
  now_.steady_ns += 1'000;
  EXPECT_EQ(executor_->execute(*cache, requests, now_, out), requests.size())
      << "appending nothing copies nothing";
}

// Values of up to 64 MiB: each part is copied once, and the store keeps the copy.
TEST_F(SharedMemoryTest, AVeryLongValueIsCopiedInParts) {
  open(512 * kMiB, {{kBusy, 200 * kMiB}}, 64 * kMiB);
  const std::string value(20 * kMiB, 'l');
  work_max_ = 0;
  ASSERT_TRUE(set(kBusy, "long", value));
  EXPECT_GT(turns_, 8u);
  Request request;
  request.key = "long";
  request.value = "tail";
  std::string answer;
  const auto cache = executor_->use(kBusy, 0);
  request.verb = Verb::append;
  EXPECT_GT(ask(*cache, request, answer), 8u);
  EXPECT_EQ(answer, "STORED\r\n");
  request.verb = Verb::prepend;
  request.value = "head";
  EXPECT_GT(ask(*cache, request, answer), 8u);
  EXPECT_EQ(answer, "STORED\r\n");
  EXPECT_LE(work_max_, 2 * limits::kLoneTurnWork);
  request.verb = Verb::get;
  request.value = "";
  ask(*cache, request, answer);
  EXPECT_TRUE(answer == "VALUE long 0 20971528\r\nhead" + value + "tail\r\nEND\r\n");
}

// What changed meanwhile is copied anew: nothing of an older value is stored.
TEST_F(SharedMemoryTest, AnAppendInPartsFollowsAChangeOfItsItem) {
  open(512 * kMiB, {{kBusy, 200 * kMiB}}, 64 * kMiB);
  ASSERT_TRUE(set(kBusy, "long", std::string(10 * kMiB, 'a')));
  const auto cache = executor_->use(kBusy, 0);
  Request append;
  append.verb = Verb::append;
  append.key = append.wire_key = "long";
  append.value = "tail";
  executor_->prepare(*cache, {&append, 1}, 0);
  const auto go_on = [&](protocol::Output& out) {
    now_.steady_ns += 1'000;
    cache->spent(now_.steady_ns).ticket = 7;
    return executor_->execute(*cache, {&append, 1}, now_, out);
  };
  protocol::Output out;
  ASSERT_EQ(go_on(out), 0u);
  ASSERT_EQ(go_on(out), 0u);
  now_.steady_ns += 2 * LongCopy::kPatienceNs;
  ticket_ = 100;
  ASSERT_TRUE(set(kBusy, "long", std::string(10 * kMiB, 'b')));
  while (go_on(out) == 0) {
  }
  EXPECT_EQ(out.view(), "STORED\r\n");
  Request get;
  get.verb = Verb::get;
  get.key = "long";
  std::string answer;
  ask(*cache, get, answer);
  EXPECT_TRUE(answer.ends_with("bbbbtail\r\nEND\r\n"));
  EXPECT_EQ(answer.find("aa"), std::string::npos);
}

TEST_F(SharedMemoryTest, ALongCopyThatNobodyGoesOnWithIsFreed) {
  open(512 * kMiB, {{kBusy, 200 * kMiB}}, 64 * kMiB);
  const auto cache = executor_->use(kBusy, 0);
  const std::string value(10 * kMiB, 'v');
  Request request;
  request.verb = Verb::set;
  request.key = request.wire_key = "long";
  request.value = value;
  executor_->prepare(*cache, {&request, 1}, 0);
  protocol::Output out;
  now_.steady_ns += 1'000;
  ASSERT_EQ(executor_->execute(*cache, {&request, 1}, now_, out), 0u);
  EXPECT_GT(pool_->allocated_bytes(), 10 * kMiB);
  for (int i = 0; i < 10; ++i) tidy();
  EXPECT_LT(pool_->allocated_bytes(), kMiB);
}

}  // namespace
}  // namespace cachery::command
