#include "api/analytics_v1.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/basic_fixture.h"
#include "control/db/services_fixture.h"
#include "control/sampler.h"
#include "http/client.h"
#include "http/server.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;
using tenant::Counter;
using testing::HasSubstr;

constexpr const char* kForbidden = "You are not authorized to perform this action.";

struct AnalyticsV1Test : testing::Test {
  http::Response ask(Method method, const std::string& path, const std::string& body = "",
                     const std::string& content_type = "application/x-www-form-urlencoded") {
    return ask_as(shop.primary(), method, path, body, content_type);
  }
  http::Response ask_as(const control::OpenCredential& who, Method method, const std::string& path,
                        const std::string& body = "", const std::string& content_type = "") {
    const auto response = http::fetch(
        {.method = method,
         .origin = "http://127.0.0.1:" + std::to_string(server->port()),
         .path = path,
         .headers = {{"Authorization", basic_header(who)}, {"Content-Type", content_type}},
         .body = body});
    return response ? *response : http::Response{.status = 0, .body = response.error().detail};
  }
  // The three truths after an update with `body`.
  std::string update(Method method, const std::string& who, const std::string& body,
                     const std::string& content_type = "application/x-www-form-urlencoded") {
    const auto response = ask(method, "/api/v1/100001/credentials/" + who, body, content_type);
    if (response.status != 200) return std::to_string(response.status) + " " + response.body;
    const json::value shown = json::parse(response.body);
    std::string truths;
    for (const char* name : {"write_capability", "flush_capability", "api_capability"}) {
      truths += shown.at(name).as_bool() ? "1" : "0";
    }
    return truths;
  }

  control::ServicesFixture services;
  control::CacheDetails shop = services.make_cache("shop");
  control::OpenCredential second =
      services.credentials.create({services.actor}, shop.cache.id, {}).value();
  BasicLogin login{services.publisher};
  control::SeriesReader reader{*services.store};
  ServiceAddresses addresses{{"cache.example.org:11211"}, {}};
  control::NodeWatch watch{services.node, services.clock};
  http::Router router{
      analytics_v1_endpoints({login,
                              services.caches,
                              services.credentials,
                              {reader, services.node, addresses, services.clock, watch}})};
  std::unique_ptr<http::Server> server =
      http::start_server({}, [this](const http::Request& request) {
        return router.handle(request);
      }).value();
};

TEST_F(AnalyticsV1Test, BothPathsOfLoginTellTheCachesId) {
  for (const char* path : {"/api/login", "/api/v1/login"}) {
    const auto response = ask(Method::get, path);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "{\"cache_id\":100001}\n");
  }
}

TEST_F(AnalyticsV1Test, WhoMayNotIsToldSoInPlainText) {
  const auto no_api =
      services.credentials.create({services.actor}, shop.cache.id, {.api = false}).value();
  auto wrong = shop.primary();
  wrong.password.back() = wrong.password.back() == '0' ? '1' : '0';
  const auto other = services.make_cache("other");
  for (const http::Endpoint& endpoint : router.endpoints()) {
    std::string path = endpoint.path;
    if (const size_t at = path.find("{cache_id}"); at != std::string::npos) {
      path.replace(at, 10, "100001");
    }
    if (const size_t at = path.find("{credential}"); at != std::string::npos) {
      path.replace(at, 12, second.record.username);
    }
    std::vector<control::OpenCredential> strangers{no_api, wrong};
    if (path.find("login") == std::string::npos) strangers.push_back(other.primary());
    for (const auto& stranger : strangers) {
      const auto response = ask_as(stranger, endpoint.method, path);
      EXPECT_EQ(response.status, 403) << path;
      EXPECT_EQ(response.body, kForbidden);
      EXPECT_THAT(response.header("content-type"), HasSubstr("text/plain"));
    }
  }
  EXPECT_EQ(ask(Method::get, "/api/v1/shop/stats").status, 403);
  EXPECT_EQ(ask(Method::get, "/api/v1/0100001/stats").status, 403);
}

TEST_F(AnalyticsV1Test, StatsAreByServer) {
  const json::value stats = json::parse(ask(Method::get, "/api/v1/100001/stats").body);
  ASSERT_EQ(stats.as_object().size(), 1u);
  EXPECT_EQ(stats.at("cache.example.org:11211").as_object().size(), 31u);
  EXPECT_EQ(stats.at("cache.example.org:11211").at("get_hits").as_int64(), 7);
}

TEST_F(AnalyticsV1Test, HistoryIsTheCountersAsTheyWere) {
  control::Sampler sampler(*services.store, services.node);
  tenant::CounterValues values;
  for (int i = 0; i <= 90; ++i) {  // half an hour, in which 6 keys of today's 7 were found
    services.node.set_activity({{.node = 0, .caches = {{shop.cache.id, values}}}});
    ASSERT_TRUE(sampler.run(services.clock.now()).has_value());
    if (i % 15 == 0) ++values[Counter::get_hits];
    services.clock.advance_seconds(20);
  }
  const json::value all = json::parse(ask(Method::get, "/api/v1/100001/history").body);
  ASSERT_GE(all.as_array().size(), 3u);
  int64_t last = 0;
  for (const json::value& one : all.as_array()) {
    EXPECT_EQ(one.at("memcachier_id").as_string(), "100001");
    EXPECT_EQ(one.at("server").as_string(), "cache.example.org");
    EXPECT_EQ(one.at("timestamp").as_string().size(), 13u) << "milliseconds";
    EXPECT_EQ(one.at("stats").as_object().size(), 31u);
    EXPECT_GE(one.at("stats").at("get_hits").as_int64(), last);
    last = one.at("stats").at("get_hits").as_int64();
  }
  EXPECT_EQ(last, 7);
  EXPECT_LT(all.at(0).at("stats").at("get_hits").as_int64(), 7);
}

TEST_F(AnalyticsV1Test, FlushAnswersNothingAndNeedsTheCapability) {
  const auto response = ask(Method::post, "/api/v1/100001/flush", "any body");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(services.node.flushed().size(), 1u);
  const auto careful =
      services.credentials.create({services.actor}, shop.cache.id, {.flush = false}).value();
  const auto refused = ask_as(careful, Method::post, "/api/v1/100001/flush");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, kForbidden);
  EXPECT_EQ(services.node.flushed().size(), 1u);
}

TEST_F(AnalyticsV1Test, CredentialsAreListedWithoutAndMadeWithAPassword) {
  const json::value list = json::parse(ask(Method::get, "/api/v1/100001/credentials").body);
  ASSERT_EQ(list.as_array().size(), 2u);
  EXPECT_EQ(list.at(0).as_object().size(), 8u);
  EXPECT_TRUE(list.at(0).at("primary").as_bool());
  EXPECT_TRUE(list.at(0).at("uuid").is_null());
  EXPECT_FALSE(list.at(0).as_object().contains("sasl_password"));
  const auto made = ask(Method::post, "/api/v1/100001/credentials");
  EXPECT_EQ(made.status, 200);
  const json::value shown = json::parse(made.body);
  EXPECT_EQ(shown.at("sasl_password").as_string().size(), 32u);
  EXPECT_EQ(shown.at("cache_id").as_int64(), 100'001);
  EXPECT_FALSE(shown.at("primary").as_bool());
}

TEST_F(AnalyticsV1Test, AnUpdateTakesEveryFormOfATruth) {
  const std::string& name = second.record.username;
  const std::string id = std::to_string(second.record.id);
  EXPECT_EQ(update(Method::patch, name, R"({"flush_capability":"false"})"), "101");
  EXPECT_EQ(update(Method::post, name, R"({"flush_capability":false})", "application/json"), "101");
  EXPECT_EQ(update(Method::patch, id, "write_capability=false&api_capability=0"), "010");
  EXPECT_EQ(update(Method::post, id, "api_capability=false"), "110");
  EXPECT_EQ(update(Method::patch, name + "?write_capability=false", ""), "011");
  EXPECT_EQ(update(Method::patch, name, ""), "111") << "what was not said is true";
  EXPECT_EQ(services.credentials.list(shop.cache.id)->at(1).record.capabilities,
            tenant::Capabilities());
}

TEST_F(AnalyticsV1Test, AnUpdateThatIsWrongChangesNothing) {
  const std::string& name = second.record.username;
  for (const char* body : {R"({"flush_capability":"no"})", R"({"flush_capability":1})", "{",
                           R"({"flush":false})", "flush_capability=maybe", "flush=false", "[]"}) {
    EXPECT_THAT(update(Method::patch, name, body), testing::StartsWith("400 ")) << body;
  }
  EXPECT_EQ(services.credentials.list(shop.cache.id)->at(1).record.capabilities,
            tenant::Capabilities());
  EXPECT_THAT(update(Method::patch, "nobody", ""), testing::StartsWith("404 "));
}

TEST_F(AnalyticsV1Test, ACredentialIsPromotedAndDeletedByNameOrIdOnBothPaths) {
  const std::string base = "/api/v1/100001/credentials/";
  const auto promoted = ask(Method::post, base + "primary/" + second.record.username);
  EXPECT_EQ(promoted.status, 200);
  EXPECT_TRUE(json::parse(promoted.body).at("primary").as_bool());
  EXPECT_EQ(ask(Method::post, base + "primary/" + std::to_string(shop.primary().record.id)).status,
            200);
  const auto removed = ask(Method::remove, base + "primary/" + second.record.username);
  EXPECT_EQ(removed.status, 200);
  EXPECT_EQ(removed.body, "");
  const auto third = services.credentials.create({services.actor}, shop.cache.id, {}).value();
  EXPECT_EQ(ask(Method::remove, base + std::to_string(third.record.id)).status, 200);
  EXPECT_EQ(ask(Method::remove, base + std::to_string(third.record.id)).status, 404);
  EXPECT_EQ(ask(Method::remove, base + shop.primary().record.username).status, 403);
  EXPECT_EQ(services.credentials.list(shop.cache.id)->size(), 1u);
}

TEST_F(AnalyticsV1Test, ACredentialGivesAndTakesNoMoreThanItHas) {
  const auto lesser =
      services.credentials
          .create({services.actor}, shop.cache.id, {.write = false, .flush = false, .api = true})
          .value();
  const std::string base = "/api/v1/100001/credentials/";
  const std::string itself = std::to_string(lesser.record.id);
  const std::string other = std::to_string(second.record.id);
  for (const auto& refused :
       {ask_as(lesser, Method::patch, base + itself, "", ""),  // all that is left out is true
        ask_as(lesser, Method::post, base + itself + "?write_capability=true"),
        ask_as(lesser, Method::patch, base + other, "write_capability=false"),
        ask_as(lesser, Method::post, base + "primary/" + itself),
        ask_as(lesser, Method::remove, base + other)}) {
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.body, kForbidden);
  }
  const auto created = ask_as(lesser, Method::post, "/api/v1/100001/credentials");
  ASSERT_EQ(created.status, 200);
  EXPECT_EQ(json::parse(created.body).at("write_capability"), false);
}

TEST_F(AnalyticsV1Test, WhatThePlanWithholdsIsForbidden) {
  const std::string path = "/api/v1/100001/credentials";
  const std::string own = path + "/" + shop.primary().record.username;
  ASSERT_TRUE(services.plans.update(services.actor, "dev",
                                    {.manage_credentials = false, .update_capabilities = false}));
  EXPECT_EQ(ask(Method::get, path).status, 200);
  for (const auto& response :
       {ask(Method::post, path), ask(Method::patch, own, "write_capability=false"),
        ask(Method::post, path + "/primary/" + shop.primary().record.username),
        ask(Method::remove, own)}) {
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(response.body, kForbidden);
  }
}

}  // namespace
}  // namespace cachery::api
