#include "control/flush_log.h"

#include <gtest/gtest.h>

#include "control/cache_records.h"
#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

struct FlushLogTest : testing::Test {
  ServicesFixture services;
  CacheId cache = services.make_cache("shop").cache.id;
  CacheId other = services.make_cache("other").cache.id;
  FlushLog log{*services.store, services.node};

  void client_flush(CacheId id, std::string credential) {
    services.node.introspection().add_flush({.cache = id,
                                             .unix_seconds = services.clock.now().unix_seconds,
                                             .credential = std::move(credential),
                                             .address = "192.0.2.7"});
  }
  std::vector<FlushRecord> rows(CacheId id) { return log.list(id, 0, 100).value().rows; }
};

TEST_F(FlushLogTest, SaysWhoFlushedAndByWhatWay) {
  client_flush(cache, "user");
  ASSERT_TRUE(log.run(services.clock.now()));
  services.clock.advance_seconds(5);
  ASSERT_TRUE(services.caches.flush(
      {.kind = ActorKind::account, .name = "a@example.org", .address = "192.0.2.8"}, cache));
  ASSERT_TRUE(services.caches.flush({.kind = ActorKind::credential, .name = "user"}, cache));
  ASSERT_TRUE(services.caches.flush({.kind = ActorKind::operator_token}, cache));
  const auto all = rows(cache);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[3].origin, FlushOrigin::memcache_client);
  EXPECT_EQ(all[3].credential, "user");
  EXPECT_EQ(all[3].address, "192.0.2.7");
  EXPECT_EQ(all[2].origin, FlushOrigin::web_interface);
  EXPECT_EQ(all[2].address, "192.0.2.8");
  EXPECT_EQ(all[2].at_unix_seconds, all[3].at_unix_seconds + 5);
  EXPECT_EQ(all[1].origin, FlushOrigin::api);
  EXPECT_EQ(all[0].origin, FlushOrigin::admin_operation);
  EXPECT_TRUE(rows(other).empty()) << "never another cache's";
}

TEST_F(FlushLogTest, TakesEachFlushOnceAndThoseOfADeletedCacheNot) {
  client_flush(cache, "one");
  client_flush(other, "gone");
  ASSERT_TRUE(services.caches.remove(services.actor, other));
  ASSERT_TRUE(log.run(services.clock.now()));
  ASSERT_TRUE(log.run(services.clock.now()));
  EXPECT_EQ(rows(cache).size(), 1u);
}

TEST_F(FlushLogTest, CountsInOneRowWhatIsDoneAgainWithinAMinute) {
  const Actor api{.kind = ActorKind::credential, .name = "user", .address = "192.0.2.9"};
  for (int i = 0; i < 5; ++i) {
    client_flush(cache, "user");
    ASSERT_TRUE(log.run(services.clock.now()));
    ASSERT_TRUE(services.caches.flush(api, cache));
    services.clock.advance_seconds(5);
  }
  const auto all = rows(cache);
  ASSERT_EQ(all.size(), 2u);
  for (const FlushRecord& row : all) {
    EXPECT_EQ(row.times, 5u);
    EXPECT_EQ(row.last_unix_seconds, row.at_unix_seconds + 20);
  }
  services.clock.advance_seconds(kFlushRepeatSeconds);
  ASSERT_TRUE(services.caches.flush(api, cache));
  EXPECT_EQ(rows(cache).size(), 3u);
}

TEST_F(FlushLogTest, IsReadInPages) {
  for (int i = 0; i < 5; ++i) client_flush(cache, std::to_string(i));
  ASSERT_TRUE(log.run(services.clock.now()));
  const auto first = log.list(cache, 0, 2).value();
  ASSERT_EQ(first.rows.size(), 2u);
  EXPECT_TRUE(first.has_more);
  EXPECT_EQ(first.rows[0].credential, "4");
  const auto last = log.list(cache, first.rows[1].id, 3).value();
  ASSERT_EQ(last.rows.size(), 3u);
  EXPECT_FALSE(last.has_more);
  EXPECT_EQ(last.rows[2].credential, "0");
  EXPECT_EQ(log.list(cache, 0, 0).error().fault, Fault::invalid);
  EXPECT_EQ(log.list(cache, 0, kFlushPageRowsMax + 1).error().fault, Fault::invalid);
}

TEST_F(FlushLogTest, KeepsTheNewestOnly) {
  for (int i = 0; i < 4; ++i) client_flush(cache, std::to_string(i));
  ASSERT_TRUE(log.run(services.clock.now()));
  ASSERT_TRUE(services.store->write(
      [&](Records& records) { return records.flushes().keep_newest(cache, 3); }));
  EXPECT_EQ(rows(cache).size(), 3u);
  EXPECT_EQ(rows(cache).back().credential, "1");
}

}  // namespace
}  // namespace cachery::control
