#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;

struct NodeEndpointsTest : testing::Test, ApiFixture {
  NodeEndpointsTest() {
    services.node.set_status({{.node = 0,
                               .version = "1.2.3",
                               .started_unix_seconds = 1'699'000'000,
                               .workers_count = 2,
                               .connections_count = 12,
                               .caches_count = 3,
                               .used_caches_count = 1,
                               .memory_limit_bytes = 400'000'000,
                               .memory_charged_bytes = 1'000,
                               .memory_used_bytes = 2'000,
                               .memory_resident_bytes = 3'000}});
    services.node.set_latencies({{.node = 0}});
  }
  // Ten seconds of 100 requests each, of a microsecond each.
  void serve() {
    EXPECT_TRUE(watch.look(services.clock.now()));
    services.clock.advance_seconds(10);
    tenant::NodeLatency sums{.sums = {.requests_count = 1'000, .busy_ns = 1'000'000}};
    sums.sums.counts[tenant::latency_bucket(1'000)] = 1'000;
    sums.processor_ns = 5'000'000'000;
    services.node.set_latencies({sums});
  }
};

TEST_F(NodeEndpointsTest, OperatorsAreToldWhatANodeIsAndDoes) {
  serve();
  const json::value node = ask_json(Method::get, "/nodes").at("nodes").at(0);
  EXPECT_EQ(node.at("name").as_string(), "cache.example.org:11211");
  EXPECT_EQ(node.at("cluster").as_string(), "main");
  EXPECT_EQ(node.at("version").as_string(), "1.2.3");
  EXPECT_EQ(node.at("up_since").to_number<int64_t>(), 1'699'000'000);
  EXPECT_EQ(node.at("load").to_number<double>(), 0.25);
  EXPECT_EQ(node.at("connections").to_number<int>(), 12);
  EXPECT_EQ(node.at("caches").to_number<int>(), 3);
  EXPECT_EQ(node.at("requests_per_second").to_number<double>(), 100);
  EXPECT_NEAR(node.at("p50_ns").to_number<double>(), 1'000, 125);
  EXPECT_EQ(
      json::serialize(node.at("memory")),
      R"({"limit_bytes":400000000,"charged_bytes":1000,"used_bytes":2000,"resident_bytes":3000})");
}

TEST_F(NodeEndpointsTest, OperatorsAreToldHowMuchMemoryIsPromised) {
  services.node.set_status({});
  services.make_cache("one");
  services.node.set_status({{.memory_limit_bytes = 14'417'920}});  // half of it
  const json::value sold = ask_json(Method::get, "/nodes").at("oversell");
  EXPECT_EQ(sold.at("promised_bytes").to_number<int>(), 28'835'840);
  EXPECT_EQ(sold.at("memory_bytes").to_number<int>(), 14'417'920);
  EXPECT_EQ(sold.at("ratio").to_number<double>(), 2);
  EXPECT_TRUE(sold.at("ratio_max").is_null()) << "no bound is set";
  EXPECT_EQ(sold.at("state").as_string(), "warning");
}

TEST_F(NodeEndpointsTest, APlanThatNoNodeCouldHoldIsSaidNotToBeAvailable) {
  services.node.set_status({{.memory_limit_bytes = 128 << 20}});
  const json::value fits = ask_json(Method::get, "/plans/100");
  EXPECT_TRUE(fits.at("available").as_bool());
  EXPECT_TRUE(fits.at("unavailable_reason").is_null());
  const json::value too_large = ask_json(Method::get, "/plans/20000");
  EXPECT_FALSE(too_large.at("available").as_bool());
  EXPECT_NE(too_large.at("unavailable_reason").as_string().find("128 MiB"), std::string::npos);
  EXPECT_EQ(ask(Method::post, "/caches", R"({"name":"large","plan":"20000"})").status, 409);
}

TEST_F(NodeEndpointsTest, WhatIsNotKnownYetIsNull) {
  const json::value node = ask_json(Method::get, "/nodes").at("nodes").at(0);
  EXPECT_TRUE(node.at("load").is_null());
  EXPECT_TRUE(node.at("requests_per_second").is_null());
  EXPECT_TRUE(node.at("p99_ns").is_null());
}

TEST_F(NodeEndpointsTest, NobodyElseSeesTheNodes) {
  add_person("ann", {{.team = 1, .role = control::Role::owner}});
  EXPECT_EQ(ask(Method::get, "/nodes", "", "ann").status, 403);
  EXPECT_EQ(ask(Method::get, "/nodes", "", "nobody").status, 401);
}

TEST_F(NodeEndpointsTest, ACachesStatsTellHowLongItsOwnRequestsTake) {
  const control::CacheDetails shop = services.make_cache("shop");
  services.make_cache("idle");
  serve();
  services.node.add_cache_latency(shop.cache.id, tenant::Family::write, 3'000, 20);
  const json::value latency = ask_json(Method::get, "/caches/shop/stats").at("latency").at(0);
  EXPECT_EQ(latency.at("server").as_string(), "cache.example.org:11211");
  EXPECT_EQ(latency.at("requests_per_second").to_number<double>(), 2) << "not the node's 100";
  EXPECT_EQ(latency.at("mean_ns").to_number<double>(), 3'000);
  EXPECT_NEAR(latency.at("p99_ns").to_number<double>(), 3'000, 375);
  EXPECT_EQ(latency.at("families").at(0).at("family").as_string(), "write");
  EXPECT_TRUE(ask_json(Method::get, "/caches/idle/stats").at("latency").as_array().empty());
}

}  // namespace
}  // namespace cachery::api
