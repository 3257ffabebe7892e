#include "control/clusters.h"

#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

struct ClustersTest : testing::Test {
  ServicesFixture services;
  Clusters& clusters = services.clusters;
};

TEST_F(ClustersTest, OneMachineIsOneClusterFromTheStart) {
  const auto all = clusters.list();
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->front().id, kFirstClusterId);
  EXPECT_EQ(all->front().name, "main");
  EXPECT_EQ(services.make_cache("shop").cluster.name, "main");
}

TEST_F(ClustersTest, CanBeNamedAndPlaced) {
  const auto updated =
      clusters.update(services.actor, kFirstClusterId, {.name = "us1", .region = "us-east-1"});
  ASSERT_TRUE(updated.has_value());
  EXPECT_EQ(clusters.find("US1")->region, "us-east-1");
  EXPECT_EQ(clusters.find("1")->name, "us1");
  EXPECT_EQ(clusters.find("main").error().fault, Fault::not_found);
  const auto rows = services.audit.list({.action = "cluster.update"})->rows;
  EXPECT_EQ(rows.at(0).after, R"({"name":"us1","region":"us-east-1"})");
}

TEST_F(ClustersTest, AWrongNameChangesNothing) {
  for (const char* name : {"", "12", "two words", "\xff"}) {
    EXPECT_EQ(clusters.update(services.actor, kFirstClusterId, {.name = name}).error().fault,
              Fault::invalid);
    EXPECT_EQ(clusters.update(services.actor, kFirstClusterId, {.region = name}).error().fault,
              Fault::invalid);
  }
  EXPECT_EQ(clusters.update(services.actor, 9, {}).error().fault, Fault::not_found);
  EXPECT_EQ(clusters.find("1")->name, "main");
}

TEST_F(ClustersTest, ACacheGoesWhereItsRegionAndKindAre) {
  const auto add = [&](ClusterId id, std::string name, std::string region, Kind kind) {
    return services.store->write([&](Records& records) {
      return records.clusters().insert({id, std::move(name), std::move(region), kind});
    });
  };
  ASSERT_TRUE(add(2, "dev-eu", "eu", Kind::development).has_value());
  ASSERT_TRUE(add(3, "prod-eu", "eu", Kind::production).has_value());
  const auto cluster_of = [&](std::string name, std::string plan, std::string region) {
    return services.caches
        .create(services.actor, {std::move(name), {.plan = std::move(plan)}, 0, std::move(region)})
        ->cluster.name;
  };
  EXPECT_EQ(cluster_of("a", "dev", "eu"), "dev-eu");
  EXPECT_EQ(cluster_of("b", "100", "eu"), "prod-eu");
  EXPECT_EQ(cluster_of("c", "dev", "local"), "main");  // none of its kind there
  EXPECT_EQ(cluster_of("d", "100", ""), "main");
}

}  // namespace
}  // namespace cachery::control
