#include "command/local_introspection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace cachery::command {
namespace {

using protocol::Request;
using protocol::Verb;

constexpr tenant::CacheId kCache = 7;
constexpr tenant::CacheId kOther = 8;
constexpr tenant::CacheId kUnknown = 9;

class LocalIntrospectionTest : public testing::Test {
 protected:
  LocalIntrospectionTest() {
    tenant::Snapshot snapshot{.revision = 1, .caches = {}};
    for (const tenant::CacheId id : {kCache, kOther}) {
      snapshot.caches.push_back({.id = id,
                                 .name = std::to_string(id),
                                 .is_enabled = true,
                                 .limits = {.memory_bytes = 64u << 20},
                                 .credentials = {}});
    }
    executor_.apply(tenant::TenantTable::build(std::move(snapshot)).value());
    use_ = executor_.use(kCache, 0);
    clock_.advance_seconds(1);  // what a machine's clock has behind it at the first request
  }

  std::string ask(Verb verb, std::string_view key, std::string_view value = {},
                  tenant::CacheId id = kCache) {
    Request request;
    request.verb = verb;
    request.key = request.wire_key = key;
    request.value = value;
    protocol::Output out;
    const auto use = executor_.use(id, 0);
    executor_.prepare(*use, {&request, 1}, 0);
    executor_.execute(*use, {&request, 1}, clock_.now(), out);
    return std::string(out.view());
  }
  // From now on everything that is asked is seen.
  void look() { EXPECT_TRUE(introspection_.recent_requests(kCache)->empty()); }

  FakeClock clock_;
  std::unique_ptr<store::Pool> pool_ = store::Pool::open(uint64_t{1} << 30).value();
  LocalExecutor executor_{*pool_,
                          {.workers = 2, .item_bytes_max = 1u << 20, .started = clock_.now()}};
  LocalIntrospection introspection_{executor_, clock_};
  std::shared_ptr<serve::CacheUse> use_;
};

TEST_F(LocalIntrospectionTest, TellsTheLastRequestsOfTheCacheThatIsAskedAbout) {
  look();
  ask(Verb::set, "a", "value");
  ask(Verb::get, "a");
  ask(Verb::get, "b");
  ask(Verb::set, "theirs", "value", kOther);
  const auto requests = introspection_.recent_requests(kCache).value();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].command, "SET");
  EXPECT_EQ(requests[0].key, "a");
  EXPECT_EQ(requests[0].status, "OK");
  EXPECT_EQ(requests[0].value_bytes, 5u);
  EXPECT_EQ(requests[0].unix_seconds, clock_.now().unix_seconds);
  EXPECT_EQ(requests[1].command, "GET");
  EXPECT_EQ(requests[1].value_bytes, 5u);
  EXPECT_EQ(requests[2].status, "NOT_FOUND");
}

TEST_F(LocalIntrospectionTest, TellsWhatARefusedWriteWas) {
  look();
  Request request;
  request.verb = Verb::set;
  request.key = request.wire_key = "k";
  request.is_refused = true;
  protocol::Output out;
  executor_.prepare(*use_, {&request, 1}, 0);
  executor_.execute(*use_, {&request, 1}, clock_.now(), out);
  EXPECT_EQ(introspection_.recent_requests(kCache)->at(0).status, "REFUSED");
  EXPECT_TRUE(introspection_.popular_items(kCache, std::nullopt)->mutated_keys.empty());
}

TEST_F(LocalIntrospectionTest, RanksKeysByWhatWasDoneToThem) {
  look();
  ask(Verb::set, "user:1", "v");
  for (int i = 0; i < 3; ++i) ask(Verb::get, "user:1");
  ask(Verb::get, "user:2");
  ask(Verb::incr, "user:1");  // not a number: nothing changes
  ask(Verb::remove, "user:1");
  const auto items = introspection_.popular_items(kCache, std::nullopt).value();
  ASSERT_EQ(items.hit_keys.size(), 1u);
  EXPECT_EQ(items.hit_keys[0].popularity, 3u);
  ASSERT_EQ(items.missed_keys.size(), 1u);
  EXPECT_EQ(items.missed_keys[0].name, "user:2");
  ASSERT_EQ(items.mutated_keys.size(), 1u);
  EXPECT_EQ(items.mutated_keys[0].popularity, 2u) << "set and delete";
  EXPECT_EQ(items.prefixes.at(0).name, "user:");
}

TEST_F(LocalIntrospectionTest, AskingAboutAKeyIsNoUseOfIt) {
  ask(Verb::set, "key", "12345");
  const auto before = executor_.find(kCache)->counters();
  auto stats = introspection_.key_stats(kCache, "key").value();
  EXPECT_TRUE(stats.is_in_cache);
  EXPECT_EQ(stats.value_bytes, 5u);
  EXPECT_EQ(stats.hits, 0u);
  EXPECT_EQ(executor_.find(kCache)->counters().values, before.values);
  ask(Verb::get, "key");
  ask(Verb::remove, "key");
  ask(Verb::get, "key");
  stats = introspection_.key_stats(kCache, "key").value();
  EXPECT_FALSE(stats.is_in_cache);
  EXPECT_EQ(stats.value_bytes, 0u);
  EXPECT_EQ(stats.hits, 1u);
  EXPECT_EQ(stats.misses, 1u);
  EXPECT_EQ(stats.mutations, 1u);
  EXPECT_FALSE(introspection_.key_stats(kOther, "key")->is_in_cache);
}

TEST_F(LocalIntrospectionTest, CountsTheItemsUnderAWatchedPrefix) {
  ASSERT_TRUE(introspection_.watch_prefixes(kCache, {"user:", "cart:"}));
  for (int i = 0; i < 50; ++i) ask(Verb::set, "user:" + std::to_string(i), std::string(100, 'v'));
  ask(Verb::set, "other", "v");
  ask(Verb::get, "user:1");
  ask(Verb::get, "user:none");
  ask(Verb::remove, "user:2");
  const auto stats = introspection_.prefix_stats(kCache).value();
  ASSERT_EQ(stats.size(), 2u);
  EXPECT_EQ(stats[0].items, 49u);
  EXPECT_GT(stats[0].bytes, 49u * 120);
  EXPECT_LT(stats[0].bytes, 49u * 160);
  EXPECT_EQ(stats[0].hits, 1u);
  EXPECT_EQ(stats[0].misses, 1u);
  EXPECT_EQ(stats[0].mutations, 51u);
  EXPECT_EQ(stats[1].items, 0u);
  EXPECT_EQ(introspection_.popular_items(kCache, "user:")->hit_keys.at(0).name, "user:1");
  EXPECT_EQ(introspection_.popular_items(kCache, "none:").error().fault, Fault::not_found);
}

TEST_F(LocalIntrospectionTest, AFlushedCacheMissesInItsCurveToo) {
  ask(Verb::set, "key", "v");
  ask(Verb::get, "key");
  executor_.find(kCache)->flush();
  ask(Verb::get, "key");
  const auto curve = introspection_.miss_ratio_curve(kCache).value();
  EXPECT_EQ(curve.reads, 2);
  ASSERT_EQ(curve.points.size(), 7u);
  for (const auto& point : curve.points) EXPECT_EQ(point.miss_ratio, 0.5);
  EXPECT_EQ(curve.limit_bytes, 64u << 20);
}

TEST_F(LocalIntrospectionTest, KnowsNoOtherCaches) {
  EXPECT_EQ(introspection_.recent_requests(kUnknown).error().fault, Fault::not_found);
  EXPECT_EQ(introspection_.popular_items(kUnknown, {}).error().fault, Fault::not_found);
  EXPECT_EQ(introspection_.key_stats(kUnknown, "k").error().fault, Fault::not_found);
  EXPECT_EQ(introspection_.watch_prefixes(kUnknown, {}).error().fault, Fault::not_found);
  EXPECT_EQ(introspection_.prefix_stats(kUnknown).error().fault, Fault::not_found);
  EXPECT_EQ(introspection_.miss_ratio_curve(kUnknown).error().fault, Fault::not_found);
}

TEST_F(LocalIntrospectionTest, ALookMakesNoCacheThatNobodyUses) {
  EXPECT_TRUE(introspection_.recent_requests(kOther)->empty());
  EXPECT_TRUE(introspection_.miss_ratio_curve(kOther)->points.empty());
  EXPECT_TRUE(introspection_.watch_prefixes(kOther, {"k"}));
  EXPECT_EQ(executor_.find_used(kOther), nullptr);
}

TEST_F(LocalIntrospectionTest, FlushesOfOneCredentialAreOneEntryWithACount) {
  for (size_t i = 0; i < 12'031; ++i) {
    executor_.note_flush(*use_, "user", "192.0.2.1", clock_.now());
  }
  executor_.note_flush(*use_, "other", "192.0.2.2", clock_.now());
  const auto flushes = introspection_.take_client_flushes();
  ASSERT_EQ(flushes.size(), 2u);
  EXPECT_EQ(flushes[0].cache, kCache);
  EXPECT_EQ(flushes[0].credential, "user");
  EXPECT_EQ(flushes[0].address, "192.0.2.1");
  EXPECT_EQ(flushes[0].times, 12'031u);
  EXPECT_EQ(flushes[1].times, 1u);
  EXPECT_EQ(executor_.client_flushes().dropped(), 0u);
  EXPECT_TRUE(introspection_.take_client_flushes().empty());
}

TEST(ClientFlushes, ACacheThatFlushesWithoutEndHidesNoFlushOfAnother) {
  ClientFlushes flushes;
  const auto add = [&](tenant::CacheId cache, size_t credential) {
    flushes.add({.cache = cache, .credential = std::to_string(credential)});
  };
  // One tenant: caches enough to take all entries.
  const size_t caches = tenant::kClientFlushesHeldMax / ClientFlushes::kOfCacheMax;
  for (size_t i = 0; i < 2 * ClientFlushes::kOfCacheMax; ++i) {
    for (tenant::CacheId cache = 1; cache <= caches; ++cache) add(cache, i);
  }
  EXPECT_EQ(flushes.dropped(), tenant::kClientFlushesHeldMax);
  add(1'000, 0);
  const auto taken = flushes.take();
  EXPECT_EQ(taken.size(), tenant::kClientFlushesHeldMax);
  const auto of = [&](tenant::CacheId cache) {
    return std::ranges::count(taken, cache, &tenant::ClientFlush::cache);
  };
  EXPECT_EQ(of(1'000), 1);
  EXPECT_GE(of(1), static_cast<ptrdiff_t>(ClientFlushes::kOfCacheMax) - 1);
  EXPECT_EQ(flushes.dropped(), tenant::kClientFlushesHeldMax + 1);
}

TEST_F(LocalIntrospectionTest, WorkersAndWhoLooksMeetSafely) {
  std::atomic<bool> has_looked = false;
  std::thread worker([&] {
    const auto use = executor_.use(kCache, 1);
    bool is_last = false;
    for (uint64_t i = 1; !is_last; ++i) {
      is_last = has_looked;  // one more, when nobody looks any more
      const std::string key = "user:" + std::to_string(i % 50);
      Request request;
      request.verb = i % 3 == 0 ? Verb::set : Verb::get;
      request.key = request.wire_key = key;
      request.value = "v";
      protocol::Output out;
      const Now now{.unix_seconds = 1'700'000'000 + static_cast<int64_t>(i / 1'000),
                    .steady_ns = i * 1'000'000};
      executor_.prepare(*use, {&request, 1}, 0);
      executor_.execute(*use, {&request, 1}, now, out);
    }
  });
  for (int i = 0; i < 500; ++i) {
    EXPECT_TRUE(introspection_.watch_prefixes(kCache, {"user:1"}));
    EXPECT_TRUE(introspection_.prefix_stats(kCache));
    EXPECT_TRUE(introspection_.recent_requests(kCache));
    EXPECT_TRUE(introspection_.key_stats(kCache, "user:1"));
    EXPECT_TRUE(introspection_.miss_ratio_curve(kCache));
    if (i % 10 == 0) executor_.find(kCache)->observer().stop_watching();
  }
  has_looked = true;
  worker.join();
  // The worker's last batch is watched, so it handed over all that it had read by then.
  EXPECT_GT(introspection_.miss_ratio_curve(kCache)->reads, 0);
}

}  // namespace
}  // namespace cachery::command
