#include "control/caches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

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
  ASSERT_TRUE(services.caches.purge(services.actor, first).has_value());
  EXPECT_EQ(services.make_cache("b").cache.id, first + 1);
}

TEST(Caches, TheFirstOneIsMadeOnceEvenIfItIsDeleted) {
  ServicesFixture services;
  ASSERT_TRUE(services.caches.create_first({"first", {.plan = "dev"}}).has_value());
  ASSERT_TRUE(services.caches.create_first({"first", {.plan = "dev"}}).has_value());
  EXPECT_EQ(services.caches.list()->size(), 1u);
  ASSERT_TRUE(services.caches.remove(services.actor, kFirstCacheId).has_value());
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
  const auto again = services.caches.create(services.actor, {"SHOP", {.plan = "dev"}});
  EXPECT_EQ(again.error().fault, Fault::conflict);
  EXPECT_EQ(services.caches.list()->size(), 1u);
}

TEST(Caches, ANameCannotBeEmptyDigitsOrControlCharacters) {
  ServicesFixture services;
  for (const std::string& name :
       {std::string(), std::string("123"), std::string("a\nb"), std::string(" a"),
        std::string("--help"), std::string("\xc3\xa9"), std::string(kCacheNameBytesMax + 1, 'n')}) {
    const auto refused = services.caches.create(services.actor, {name, {.plan = "dev"}});
    EXPECT_EQ(refused.error().fault, Fault::invalid) << name;
  }
  EXPECT_TRUE(services.caches
                  .create(services.actor, {std::string(kCacheNameBytesMax, 'n'), {.plan = "dev"}})
                  .has_value());
}

TEST(Caches, ASizeIsAPlanOrMiBButNotBoth) {
  ServicesFixture services;
  EXPECT_EQ(services.caches.create(services.actor, {"a", {.mib = 10}})->cache.limit_bytes,
            11'534'336u);
  EXPECT_EQ(
      services.caches.create(services.actor, {"b", {.limit_bytes = 64 << 20}})->cache.limit_bytes,
      uint64_t{64} << 20);
  EXPECT_FALSE(
      services.caches.create(services.actor, {"c", {.plan = "dev", .mib = 10}}).has_value());
  EXPECT_FALSE(services.caches.create(services.actor, {"c", {}}).has_value());
  EXPECT_FALSE(
      services.caches.create(services.actor, {"c", {.mib = kCustomMibMax + 1}}).has_value());
  EXPECT_FALSE(services.caches.create(services.actor, {"c", {.plan = "huge"}}).has_value());
}

TEST(Caches, ResizeRenameDisableAndEnableAreInForceAtOnce) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  ASSERT_TRUE(services.caches.update(services.actor, id, {.size = {{.plan = "500"}}}).has_value());
  EXPECT_EQ(services.node.snapshot().caches[0].limits.memory_bytes, 576'716'800u);
  ASSERT_TRUE(services.caches.update(services.actor, id, {.name = "store"}).has_value());
  EXPECT_EQ(services.node.snapshot().caches[0].name, "store");
  EXPECT_FALSE(services.caches.update(services.actor, id, {.is_enabled = false})->cache.is_enabled);
  EXPECT_FALSE(services.node.snapshot().caches[0].is_enabled);
  EXPECT_TRUE(services.caches.update(services.actor, id, {.is_enabled = true})->cache.is_enabled);
  EXPECT_TRUE(services.node.snapshot().caches[0].is_enabled);
}

TEST(Caches, AnUpdateThatIsWrongAnywhereChangesNothing) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  EXPECT_FALSE(
      services.caches.update(services.actor, id, {.name = "store", .size = {{.plan = "huge"}}}));
  EXPECT_EQ(services.caches.update(services.actor, id, {.name = "7"}).error().fault,
            Fault::invalid);
  EXPECT_EQ(services.caches.find("shop")->cache.plan, "dev");
}

TEST(Caches, ACacheMayBeRenamedInItsOwnLettersButNotToAnothersName) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  services.make_cache("other");
  EXPECT_TRUE(services.caches.update(services.actor, id, {.name = "Shop"}).has_value());
  EXPECT_EQ(services.caches.update(services.actor, id, {.name = "other"}).error().fault,
            Fault::conflict);
}

TEST(Caches, FlushReachesTheNode) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  ASSERT_TRUE(services.caches.flush(services.actor, id).has_value());
  EXPECT_THAT(services.node.flushed(), ElementsAre(id));
  EXPECT_EQ(services.caches.flush(services.actor, id + 1).error().fault, Fault::not_found);
}

TEST(Caches, ResettingTheCountersReachesTheNode) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  ASSERT_TRUE(services.caches.reset_counters(services.actor, id).has_value());
  EXPECT_THAT(services.node.counters_reset(), ElementsAre(id));
  EXPECT_EQ(services.caches.reset_counters(services.actor, id + 1).error().fault, Fault::not_found);
}

TEST(Caches, APlanChangesInBothDirectionsAndBetweenKindsInPlace) {
  ServicesFixture services;
  const CacheDetails made = services.make_cache("shop", "dev");
  EXPECT_EQ(made.plan.kind, Kind::development);
  for (const char* plan : {"100", "20000", "250", "dev"}) {
    const auto resized =
        services.caches.update(services.actor, made.cache.id, {.size = {{.plan = plan}}});
    ASSERT_TRUE(resized.has_value());
    EXPECT_EQ(resized->plan.slug, plan);
    EXPECT_EQ(resized->primary().password, made.primary().password);
    EXPECT_EQ(services.node.snapshot().caches.at(0).limits.memory_bytes,
              limit_bytes_of(resized->plan.mib));
  }
  EXPECT_TRUE(services.node.flushed().empty());
}

TEST(Caches, ANameIsItsTeamsOwn) {
  ServicesFixture services;
  const auto make = [&](TeamId team) {
    return services.caches.create(services.actor,
                                  {.name = "shop", .size = {.plan = "dev"}, .team = team});
  };
  const CacheId first = make(1)->cache.id;
  const CacheId second = make(2)->cache.id;
  EXPECT_EQ(make(2).error().fault, Fault::conflict);
  const auto sees = [](TeamId team) {
    return [team](const CacheRecord& cache) { return cache.team == team; };
  };
  EXPECT_EQ(services.caches.find("SHOP", sees(1))->cache.id, first);
  EXPECT_EQ(services.caches.find("shop", sees(2))->cache.id, second);
  EXPECT_EQ(services.caches.find("shop", sees(3)).error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.find(std::to_string(first), sees(2)).error().fault, Fault::not_found);
  EXPECT_EQ(services.caches.find("shop").error().fault, Fault::conflict);
  EXPECT_EQ(services.caches.list({.teams = {{2}}})->size(), 1u);
  EXPECT_EQ(services.caches.list({.teams = {{3, 2, 1}}})->size(), 2u);
  EXPECT_EQ(services.caches.update(services.actor, first, {.team = 2}).error().fault,
            Fault::conflict);
  EXPECT_EQ(services.caches.update(services.actor, first, {.team = 3})->cache.team, 3u);
}

TEST(Caches, WhatTheOperatorDisabledOnlyHeEnables) {
  ServicesFixture services;
  const CacheId id = services.make_cache("shop").cache.id;
  const auto set = [&](bool is_enabled, DisabledBy by) {
    return services.caches.update(services.actor, id, {.is_enabled = is_enabled, .by = by});
  };
  EXPECT_EQ(set(false, DisabledBy::owner)->cache.disabled_by, DisabledBy::owner);
  // He takes over what the owner had disabled, and the owner does not take it back.
  EXPECT_EQ(set(false, DisabledBy::operator_)->cache.disabled_by, DisabledBy::operator_);
  EXPECT_EQ(set(false, DisabledBy::owner)->cache.disabled_by, DisabledBy::operator_);
  EXPECT_EQ(set(true, DisabledBy::owner).error().fault, Fault::forbidden);
  EXPECT_FALSE(services.node.snapshot().caches.at(0).is_enabled);
  EXPECT_EQ(set(true, DisabledBy::operator_)->cache.disabled_by, DisabledBy::nobody);
}

TEST(Caches, ARegionIsChosenAmongThoseThereAre) {
  ServicesFixture services;
  const NewCache wanted{.name = "shop", .size = {.plan = "dev"}, .region = "local"};
  EXPECT_EQ(services.caches.create(services.actor, wanted)->cluster.name, "main");
  const auto refused = services.caches.create(
      services.actor, {.name = "far", .size = {.plan = "dev"}, .region = "mars"});
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_THAT(refused.error().detail, HasSubstr("choose one of local"));
}

TEST(Caches, ShortNamesAreSixHexDigitsAndDiffer) {
  std::set<std::string> seen;
  for (CacheId id = kFirstCacheId; id < kFirstCacheId + 50'000; ++id) {
    const std::string name = short_name_of(id);
    ASSERT_THAT(name, MatchesRegex("[0-9A-F]{6}"));
    ASSERT_TRUE(seen.insert(name).second) << id;
  }
}

TEST(Publisher, RevisionsGrowWithEveryChangeAndAFailedOneTakesNone) {
  ServicesFixture services;
  services.make_cache("a");
  const uint64_t before = services.node.snapshot().revision;
  EXPECT_FALSE(services.caches.create(services.actor, {"A", {.plan = "dev"}}).has_value());
  EXPECT_EQ(services.node.snapshot().revision, before);
  services.make_cache("b");
  EXPECT_EQ(services.node.snapshot().revision, before + 1);
}

TEST(Publisher, WhatTheNodeRefusedIsSavedAndComesWithTheNextChange) {
  ServicesFixture services;
  services.node.fail_publications(Error{Fault::unavailable, "no memory"});
  const auto created = services.caches.create(services.actor, {"a", {.plan = "dev"}});
  EXPECT_THAT(created.error().detail, HasSubstr("saved, but not yet in force"));
  services.node.fail_publications(std::nullopt);
  services.make_cache("b");
  EXPECT_EQ(services.node.snapshot().caches.size(), 2u);
}

}  // namespace
}  // namespace cachery::control
