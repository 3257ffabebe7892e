#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/caches.h"
#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;

struct DeletedCacheTest : testing::Test {
  ServicesFixture services;
  CacheDetails made = services.make_cache("shop");
  CacheId id = made.cache.id;

  void SetUp() override {
    services.make_cache("other");
    ASSERT_TRUE(services.caches.remove(services.actor, id).has_value());
  }
};

TEST_F(DeletedCacheTest, IsGoneForEverybody) {
  EXPECT_EQ(services.caches.find("shop").error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.find(std::to_string(id)).error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.list()->size(), 1u);
  EXPECT_EQ(services.caches.remove(services.actor, id).error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.update(services.actor, id, {}).error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.flush(services.actor, id).error().fault, Fault::not_found);
  EXPECT_EQ(services.credentials.list(id).error().fault, Fault::not_found);
  EXPECT_EQ(services.credentials.create({services.actor}, id, {}).error().fault, Fault::not_found);
}

TEST_F(DeletedCacheTest, LetsNobodyInButKeepsItsItems) {
  const tenant::Snapshot snapshot = services.node.snapshot();
  ASSERT_EQ(snapshot.caches.size(), 2u);
  EXPECT_EQ(snapshot.caches[0].id, id);
  EXPECT_FALSE(snapshot.caches[0].is_enabled);
  EXPECT_TRUE(snapshot.caches[0].credentials.empty());
  EXPECT_GT(snapshot.caches[0].limits.memory_bytes, 0u);
}

TEST_F(DeletedCacheTest, ComesBackAsItWas) {
  const auto restored = services.caches.restore(services.actor, id);
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(restored->cache.name, "shop");
  EXPECT_EQ(restored->primary().password, made.primary().password);
  const tenant::Cache on_node = services.node.snapshot().caches.at(0);
  EXPECT_TRUE(on_node.is_enabled);
  EXPECT_EQ(on_node.credentials.size(), 1u);
  EXPECT_TRUE(services.node.flushed().empty());
  EXPECT_EQ(services.caches.restore(services.actor, id).error().fault, Fault::not_found);
}

TEST_F(DeletedCacheTest, GivesItsNameAwayAndComesBackUnderAnother) {
  services.make_cache("Shop");
  EXPECT_EQ(services.caches.restore(services.actor, id).error().fault, Fault::conflict);
  EXPECT_EQ(services.caches.restore(services.actor, id, "7").error().fault, Fault::invalid);
  EXPECT_EQ(services.caches.restore(services.actor, id, "old shop")->cache.name, "old shop");
}

TEST_F(DeletedCacheTest, IsPurgedWhenItsDayIsOverAndNotASecondBefore) {
  services.clock.advance_seconds(kUndoSeconds - 1);
  const uint64_t revision = services.node.snapshot().revision;
  ASSERT_TRUE(services.caches.purge_deleted(services.clock.now()).has_value());
  EXPECT_EQ(services.node.snapshot().revision, revision);  // nothing due publishes nothing
  EXPECT_EQ(services.caches.list({.is_deleted = true})->size(), 1u);
  services.clock.advance_seconds(1);
  ASSERT_TRUE(services.caches.purge_deleted(services.clock.now()).has_value());
  EXPECT_TRUE(services.caches.list({.is_deleted = true})->empty());
  EXPECT_EQ(services.node.snapshot().caches.size(), 1u);
  EXPECT_EQ(services.caches.restore(services.actor, id).error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.list()->size(), 1u);
}

TEST_F(DeletedCacheTest, FreesItsOwnPortForAnother) {
  const CacheId other = services.caches.find("other")->cache.id;
  const CredentialPatch port{.own_port = 12001, .own_port_networks = {{"10.0.0.0/8"}}};
  ASSERT_TRUE(services.credentials.create({services.actor}, other, port).has_value());
  ASSERT_TRUE(services.caches.remove(services.actor, other).has_value());
  for (const tenant::Cache& cache : services.node.snapshot().caches) {
    EXPECT_TRUE(cache.credentials.empty());
  }
}

TEST_F(DeletedCacheTest, PurgeTakesALiveOneToo) {
  const CacheId other = services.caches.find("other")->cache.id;
  ASSERT_TRUE(services.caches.purge(services.actor, other).has_value());
  ASSERT_TRUE(services.caches.purge(services.actor, id).has_value());
  EXPECT_TRUE(services.node.snapshot().caches.empty());
  EXPECT_EQ(services.caches.purge(services.actor, id).error().fault, Fault::not_found);
}

}  // namespace
}  // namespace cachery::control
