#include "control/plans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;

struct PlansTest : testing::Test {
  ServicesFixture services;
  Plans& plans = services.plans;
  const Actor& actor = services.actor;
};

TEST_F(PlansTest, AreTenAtFirstAndGrowInSizeAndPrice) {
  const auto all = plans.list();
  ASSERT_EQ(all->size(), 10u);
  for (size_t i = 1; i < all->size(); ++i) {
    EXPECT_GT(all->at(i).mib, all->at(i - 1).mib);
    EXPECT_GT(all->at(i).price_minor_units, all->at(i - 1).price_minor_units);
    EXPECT_GT(all->at(i).connections_max, all->at(i - 1).connections_max);
    EXPECT_EQ(all->at(i).kind, Kind::production);
    EXPECT_EQ(all->at(i).features, PlanFeatures{});
  }
  EXPECT_EQ(all->front().slug, "dev");
  EXPECT_EQ(all->front().price_minor_units, 0u);
  EXPECT_EQ(all->front().kind, Kind::development);
  EXPECT_EQ(all->back().mib, 20'000u);
}

TEST_F(PlansTest, DevHoldsATenthMoreThan25MiB) {
  EXPECT_EQ(plans.find("dev")->mib, 25u);
  EXPECT_EQ(limit_bytes_of(25), 28'835'840u);
}

TEST_F(PlansTest, ANewOneCanBeChosenAtOnce) {
  const PlanPatch wanted{.mib = 50,
                         .price_minor_units = 700,
                         .kind = Kind::development,
                         .connections_max = 10,
                         .requests_per_second = 1'000,
                         .bytes_per_second = 1'000'000,
                         .manage_credentials = false};
  const auto created = plans.create(actor, "tiny", wanted);
  ASSERT_TRUE(created.has_value());
  EXPECT_EQ(*plans.find("tiny"), *created);
  EXPECT_FALSE(created->features.manage_credentials);
  EXPECT_TRUE(created->features.several_servers);
  services.make_cache("shop", "tiny");
  const tenant::Limits limits = services.node.snapshot().caches.at(0).limits;
  EXPECT_EQ(limits.memory_bytes, limit_bytes_of(50));
  EXPECT_EQ(limits.connections_max, 10u);
  EXPECT_EQ(limits.requests_per_second, 1'000u);
  EXPECT_EQ(limits.bytes_per_second, 1'000'000u);
}

TEST_F(PlansTest, AChangeIsInForceOnAllItsCachesAndNoOthers) {
  services.make_cache("a", "100");
  services.make_cache("b", "250");
  services.make_cache("c", "100");
  ASSERT_TRUE(plans.update(actor, "100", {.mib = 120, .connections_max = 7}).has_value());
  const auto caches = services.node.snapshot().caches;
  for (const size_t i : {0u, 2u}) {
    EXPECT_EQ(caches.at(i).limits.memory_bytes, limit_bytes_of(120));
    EXPECT_EQ(caches.at(i).limits.connections_max, 7u);
  }
  EXPECT_EQ(caches.at(1).limits.memory_bytes, limit_bytes_of(250));
  EXPECT_EQ(caches.at(1).limits.connections_max, 2'000u);
  EXPECT_EQ(services.caches.find("a")->cache.limit_bytes, limit_bytes_of(120));
  EXPECT_EQ(plans.find("100")->price_minor_units, 1'500u);
}

TEST_F(PlansTest, OneInUseCannotBeDeletedNotEvenByADeletedCache) {
  const CacheId id = services.make_cache("shop", "250").cache.id;
  EXPECT_EQ(plans.remove(actor, "250").error().fault, Fault::conflict);
  ASSERT_TRUE(services.caches.remove(actor, id).has_value());
  EXPECT_EQ(plans.remove(actor, "250").error().fault, Fault::conflict);
  ASSERT_TRUE(services.caches.purge(actor, id).has_value());
  EXPECT_TRUE(plans.remove(actor, "250").has_value());
  EXPECT_EQ(plans.find("250").error().fault, Fault::not_found);
  EXPECT_EQ(plans.remove(actor, "250").error().fault, Fault::not_found);
}

TEST_F(PlansTest, WhatCannotBeIsRefusedAndNothingIsWritten) {
  for (const char* slug :
       {"", "custom", "Upper", "two words", "-x", "\xff", "a234567890123456789012345678901234"}) {
    EXPECT_EQ(plans.create(actor, slug, {.mib = 1}).error().fault, Fault::invalid) << slug;
  }
  const PlanPatch wrong[] = {{},
                             {.mib = 0},
                             {.mib = kCustomMibMax + 1},
                             {.mib = 1, .price_minor_units = kPlanPriceMax + 1},
                             {.mib = 1, .requests_per_second = kPlanRateMax + 1},
                             {.mib = 1, .bytes_per_second = kPlanRateMax + 1}};
  for (const PlanPatch& patch : wrong) {
    EXPECT_EQ(plans.create(actor, "x", patch).error().fault, Fault::invalid);
  }
  EXPECT_EQ(plans.create(actor, "dev", {.mib = 1}).error().fault, Fault::conflict);
  EXPECT_EQ(plans.update(actor, "dev", {.mib = 0}).error().fault, Fault::invalid);
  EXPECT_EQ(plans.update(actor, "none", {}).error().fault, Fault::not_found);
  EXPECT_EQ(plans.list()->size(), 10u);
  EXPECT_TRUE(services.audit.list({})->rows.empty());
}

TEST_F(PlansTest, AreBoundedInNumber) {
  for (size_t i = plans.list()->size(); i < kPlansMax; ++i) {
    ASSERT_TRUE(plans.create(actor, "p" + std::to_string(i), {.mib = 1}).has_value());
  }
  EXPECT_EQ(plans.create(actor, "more", {.mib = 1}).error().fault, Fault::exhausted);
}

TEST_F(PlansTest, ChangesAreAudited) {
  ASSERT_TRUE(plans.create(actor, "x", {.mib = 1}).has_value());
  ASSERT_TRUE(plans.update(actor, "x", {.mib = 2}).has_value());
  ASSERT_TRUE(plans.remove(actor, "x").has_value());
  const auto rows = services.audit.list({.object_kind = "plan", .object_id = "x"})->rows;
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows.at(1).action, "plan.update");
  EXPECT_EQ(rows.at(1).before, R"({"mib":1})");
  EXPECT_EQ(rows.at(1).after, R"({"mib":2})");
}

TEST_F(PlansTest, AnUnknownOneIsNamedWithThoseThereAre) {
  const auto created = services.caches.create(actor, {"shop", {.plan = "huge"}});
  EXPECT_EQ(created.error().fault, Fault::invalid);
  EXPECT_THAT(created.error().detail, HasSubstr("\"huge\": choose one of dev, 100, 250"));
}

TEST(CustomPlan, LargestSizeDoesNotOverflow) {
  EXPECT_GT(limit_bytes_of(kCustomMibMax), kCustomMibMax << 20);
  EXPECT_EQ(custom_plan(limit_bytes_of(kCustomMibMax)).mib, kCustomMibMax);
  for (uint64_t mib = 1; mib < 5'000; ++mib) {
    ASSERT_EQ(custom_plan(limit_bytes_of(mib)).mib, mib);
  }
}

}  // namespace
}  // namespace cachery::control
