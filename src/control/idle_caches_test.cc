#include "control/idle_caches.h"

#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

constexpr int64_t kDay = 24 * 3600;

struct KeptNotices final : CacheNotices {
  Status tell(Records&, const CacheNotice& notice) override {
    if (failure) return std::unexpected(*failure);
    told.push_back(notice);
    return {};
  }
  std::vector<CacheNotice> told;
  std::optional<Error> failure;
};

struct IdleCachesTest : testing::Test {
  void use(uint64_t bytes_read) {
    services.node.set_counter(id, tenant::Counter::bytes_read, bytes_read);
  }
  void look_after_days(int64_t days) {
    services.clock.advance_seconds(days * kDay);
    look();
  }
  void look() { ASSERT_TRUE(idle.look(services.clock.now()).has_value()); }
  CacheRecord record() { return services.caches.find_record(std::to_string(id)).value(); }

  ServicesFixture services;
  KeptNotices notices;
  IdleCaches idle{{*services.store, services.publisher, services.audit, services.node, notices}};
  CacheId id = services.caches.create(services.actor, {"shop", {.plan = "dev"}, 5})->cache.id;
};

TEST_F(IdleCachesTest, OneWithoutARequestIsWarnedAtDay23AndDisabledAtDay30) {
  use(0);
  look_after_days(22);
  EXPECT_TRUE(notices.told.empty());
  look_after_days(1);
  ASSERT_EQ(notices.told.size(), 1u);
  EXPECT_EQ(notices.told[0].kind, CacheNoticeKind::idle);
  EXPECT_EQ(notices.told[0].team, 5u);
  EXPECT_EQ(notices.told[0].cache_name, "shop");
  EXPECT_EQ(notices.told[0].at_unix_seconds, services.clock.now().unix_seconds + 7 * kDay);
  look_after_days(6);
  EXPECT_EQ(notices.told.size(), 1u);
  EXPECT_TRUE(services.node.snapshot().caches.at(0).is_enabled);
  look_after_days(1);
  ASSERT_EQ(notices.told.size(), 2u);
  EXPECT_EQ(notices.told[1].kind, CacheNoticeKind::disabled);
  EXPECT_FALSE(services.node.snapshot().caches.at(0).is_enabled);
  EXPECT_EQ(record().disabled_by, DisabledBy::idle);
  look_after_days(40);
  EXPECT_EQ(notices.told.size(), 2u);
  const auto rows = services.audit.list({.action = "cache.disable_idle"})->rows;
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].actor.kind, ActorKind::job);
}

TEST_F(IdleCachesTest, ItsOwnerEnablesItForAnotherThirtyDays) {
  use(0);
  look_after_days(23);
  look_after_days(7);
  ASSERT_FALSE(record().is_enabled);
  ASSERT_TRUE(services.caches.update(services.actor, id, {.is_enabled = true}).has_value());
  look_after_days(22);
  EXPECT_EQ(notices.told.size(), 2u);
  look_after_days(1);
  EXPECT_EQ(notices.told.size(), 3u);
  EXPECT_TRUE(record().is_enabled);
}

TEST_F(IdleCachesTest, EachUseBeginsTheThirtyDaysAnew) {
  use(100);
  look();
  for (uint64_t round = 1; round <= 3; ++round) {
    look_after_days(22);
    EXPECT_TRUE(notices.told.empty());
    use(100 + round);
    look();
  }
  look_after_days(23);
  EXPECT_EQ(notices.told.size(), 1u);
  use(500);  // after the warning: it is taken back
  look();
  look_after_days(22);
  EXPECT_EQ(notices.told.size(), 1u);
  EXPECT_TRUE(record().is_enabled);
}

TEST_F(IdleCachesTest, ARestartOfTheNodeIsNoUse) {
  use(100);
  look();
  look_after_days(20);
  use(0);
  look();
  look_after_days(3);
  EXPECT_EQ(notices.told.size(), 1u);
}

TEST_F(IdleCachesTest, WhoIsWarnedLateStillHasSevenDays) {
  use(0);
  look_after_days(100);  // the service was down
  ASSERT_EQ(notices.told.size(), 1u);
  EXPECT_EQ(notices.told[0].kind, CacheNoticeKind::idle);
  look_after_days(6);
  EXPECT_TRUE(record().is_enabled);
  look_after_days(1);
  EXPECT_FALSE(record().is_enabled);
}

TEST_F(IdleCachesTest, ProductionCustomDisabledAndDeletedOnesAreLeftAlone) {
  const CacheId production = services.make_cache("big", "100").cache.id;
  const CacheId custom = services.caches.create(services.actor, {"own", {.mib = 5}})->cache.id;
  const CacheId disabled = services.make_cache("off").cache.id;
  const CacheId deleted = services.make_cache("gone").cache.id;
  ASSERT_TRUE(services.caches.update(services.actor, disabled, {.is_enabled = false}));
  ASSERT_TRUE(services.caches.remove(services.actor, deleted));
  for (const CacheId one : {production, custom, disabled, deleted}) {
    services.node.set_counter(one, tenant::Counter::bytes_read, 0);
  }
  services.node.set_counter(id, tenant::Counter::bytes_read, 1);
  look_after_days(23);
  services.node.set_counter(id, tenant::Counter::bytes_read, 2);
  look_after_days(30);
  EXPECT_TRUE(notices.told.empty());
}

TEST_F(IdleCachesTest, AMoveToProductionEndsTheMatter) {
  use(0);
  look_after_days(25);
  ASSERT_TRUE(services.caches.update(services.actor, id, {.size = {{.plan = "100"}}}));
  look_after_days(30);
  EXPECT_EQ(notices.told.size(), 1u);
  EXPECT_TRUE(record().is_enabled);
}

TEST_F(IdleCachesTest, ANoticeThatCannotBeKeptDisablesNothing) {
  use(0);
  look_after_days(23);
  notices.failure = Error{Fault::unavailable, "no"};
  services.clock.advance_seconds(7 * kDay);
  EXPECT_FALSE(idle.look(services.clock.now()).has_value());
  EXPECT_TRUE(record().is_enabled);
  notices.failure.reset();
  look();
  EXPECT_FALSE(record().is_enabled);
}

}  // namespace
}  // namespace cachery::control
