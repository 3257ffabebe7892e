#include "control/caches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/services_fixture.h"
#include "control/plans.h"

namespace cachery::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

TEST(Caches, ANewOneHasItsPlansLimitAndOnePrimaryCredential) {
  ServicesFixture services;
  const CacheDetails made = services.make_cache("shop");
  EXPECT_EQ(made.cache.id, kFirstCacheId);
  EXPECT_EQ(made.cache.limit_bytes, 28'835'840u);
  ASSERT_EQ(made.credentials.size(), 1u);
  EXPECT_THAT(made.primary().record.username, MatchesRegex("[0-9a-f]{6}"));
  EXPECT_THAT(made.primary().password, MatchesRegex("[0-9A-F]{32}"));
}

TEST(Caches, ANewOneIsInForceOnTheNodeWithTheDigestOnly) {
  ServicesFixture services;
  const CacheDetails made = services.make_cache("shop", "100");
  const tenant::Snapshot snapshot = services.node.snapshot();
  ASSERT_EQ(snapshot.caches.size(), 1u);
  EXPECT_EQ(snapshot.caches[0].limits.memory_bytes, 115'343'360u);
  EXPECT_EQ(snapshot.caches[0].limits.connections_max, 1'000u);
  ASSERT_EQ(snapshot.caches[0].credentials.size(), 1u);
  EXPECT_EQ(snapshot.caches[0].credentials[0].password_digest,
            tenant::digest_password(made.primary().password));
}

TEST(Caches, AnIdIsNeverGivenAgain) {
  ServicesFixture services;
  const CacheId first = services.make_cache("a").cache.id;
  ASSERT_TRUE(services.caches.remove(first).has_value());
  EXPECT_EQ(services.make_cache("b").cache.id, first + 1);
}

TEST(Caches, TheFirstOneIsMadeOnceEvenIfItIsDeleted) {
  ServicesFixture services;
  ASSERT_TRUE(services.caches.create_first({"first", {.plan = "dev"}}).has_value());
  ASSERT_TRUE(services.caches.create_first({"first", {.plan = "dev"}}).has_value());
  EXPECT_EQ(services.caches.list()->size(), 1u);
  ASSERT_TRUE(services.caches.remove(kFirstCacheId).has_value());
  ASSERT_TRUE(services.caches.create_first({"first", {.plan = "dev"}}).has_value());
  EXPECT_TRUE(services.caches.list()->empty());
}

TEST(Caches, AreFoundByIdAndByNameInAnyCase) {
  ServicesFixture services;
  const CacheDetails made = services.make_cache("Shop");
  EXPECT_EQ(services.caches.find("100001")->cache.name, "Shop");
  const auto by_name = services.caches.find("sHOP");
  ASSERT_TRUE(by_name.has_value());
  EXPECT_EQ(by_name->primary().password, made.primary().password);
  const auto missing = services.caches.find("other");
  EXPECT_EQ(missing.error().fault, Fault::not_found);
  EXPECT_THAT(missing.error().detail, HasSubstr("\"other\""));
}

TEST(Caches, ANameIsTakenOnceWhateverItsCase) {
  ServicesFixture services;
  services.make_cache("shop");
  const auto again = services.caches.create({"SHOP", {.plan = "dev"}});
  EXPECT_EQ(again.error().fault, Fault::conflict);
  EXPECT_EQ(services.caches.list()->size(), 1u);
}

TEST(Caches, ANameCannotBeEmptyDigitsOrControlCharacters) {
  ServicesFixture services;
  for (const std::string& name :
       {std::string(), std::string("123"), std::string("a\nb"), std::string(" a"),
        std::string("--help"), std::string("\xc3\xa9"), std::string(kCacheNameBytesMax + 1, 'n')}) {
    const auto refused = services.caches.create({name, {.plan = "dev"}});
    EXPECT_EQ(refused.error().fault, Fault::invalid) << name;
  }
  EXPECT_TRUE(
      services.caches.create({std::string(kCacheNameBytesMax, 'n'), {.plan = "dev"}}).has_value());
}

TEST(Caches, ASizeIsAPlanOrMiBButNotBoth) {
  ServicesFixture services;
  EXPECT_EQ(services.caches.create({"a", {.mib = 10}})->cache.limit_bytes, 11'534'336u);
  EXPECT_EQ(services.caches.create({"b", {.limit_bytes = 64 << 20}})->cache.limit_bytes,
            uint64_t{64} << 20);
  EXPECT_FALSE(services.caches.create({"c", {.plan = "dev", .mib = 10}}).has_value());
  EXPECT_FALSE(services.caches.create({"c", {}}).has_value());
  EXPECT_FALSE(services.caches.create({"c", {.mib = kCustomMibMax + 1}}).has_value());
  EXPECT_FALSE(services.caches.create({"c", {.plan = "huge"}}).has_value());
}

TEST(Caches, ResizeRenameDisableAndEnableAreInForceAtOnce) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  ASSERT_TRUE(services.caches.update(id, {.size = {{.plan = "500"}}}).has_value());
  EXPECT_EQ(services.node.snapshot().caches[0].limits.memory_bytes, 576'716'800u);
  ASSERT_TRUE(services.caches.update(id, {.name = "store"}).has_value());
  EXPECT_EQ(services.node.snapshot().caches[0].name, "store");
  EXPECT_FALSE(services.caches.update(id, {.is_enabled = false})->cache.is_enabled);
  EXPECT_FALSE(services.node.snapshot().caches[0].is_enabled);
  EXPECT_TRUE(services.caches.update(id, {.is_enabled = true})->cache.is_enabled);
  EXPECT_TRUE(services.node.snapshot().caches[0].is_enabled);
}

TEST(Caches, AnUpdateThatIsWrongAnywhereChangesNothing) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  EXPECT_FALSE(services.caches.update(id, {.name = "store", .size = {{.plan = "huge"}}}));
  EXPECT_EQ(services.caches.update(id, {.name = "7"}).error().fault, Fault::invalid);
  EXPECT_EQ(services.caches.find("shop")->cache.plan, "dev");
}

TEST(Caches, ACacheMayBeRenamedInItsOwnLettersButNotToAnothersName) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  services.make_cache("other");
  EXPECT_TRUE(services.caches.update(id, {.name = "Shop"}).has_value());
  EXPECT_EQ(services.caches.update(id, {.name = "other"}).error().fault, Fault::conflict);
}

TEST(Caches, DeleteTakesTheCacheAndItsCredentialsFromTheNode) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  services.make_cache("other");
  ASSERT_TRUE(services.caches.remove(id).has_value());
  EXPECT_EQ(services.node.snapshot().caches.size(), 1u);
  EXPECT_EQ(services.caches.find("shop").error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.remove(id).error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.update(id, {}).error().fault, Fault::not_found);
}

TEST(Caches, FlushReachesTheNode) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  ASSERT_TRUE(services.caches.flush(id).has_value());
  EXPECT_THAT(services.node.flushed(), ElementsAre(id));
  EXPECT_EQ(services.caches.flush(id + 1).error().fault, Fault::not_found);
}

TEST(Publisher, RevisionsGrowWithEveryChangeAndAFailedOneTakesNone) {
  ServicesFixture services;
  services.make_cache("a");
  const uint64_t before = services.node.snapshot().revision;
  EXPECT_FALSE(services.caches.create({"A", {.plan = "dev"}}).has_value());
  EXPECT_EQ(services.node.snapshot().revision, before);
  services.make_cache("b");
  EXPECT_EQ(services.node.snapshot().revision, before + 1);
}

TEST(Publisher, WhatTheNodeRefusedIsSavedAndComesWithTheNextChange) {
  ServicesFixture services;
  services.node.fail_publications(Error{Fault::unavailable, "no memory"});
  const auto created = services.caches.create({"a", {.plan = "dev"}});
  EXPECT_THAT(created.error().detail, HasSubstr("saved, but not yet in force"));
  services.node.fail_publications(std::nullopt);
  services.make_cache("b");
  EXPECT_EQ(services.node.snapshot().caches.size(), 2u);
}

}  // namespace
}  // namespace cachery::control
