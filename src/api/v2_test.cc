#include "api/v2.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/basic_fixture.h"
#include "control/db/services_fixture.h"
#include "http/json.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;
using testing::HasSubstr;

constexpr int64_t kNow = 1'673'364'000;  // 2023-01-10T15:20:00Z

struct V2Test : testing::Test {
  http::Response ask(const std::string& cache_id, const std::string& authorization) {
    http::Request request{.segments = {"api", "v2", "caches", cache_id, "who"}};
    if (!authorization.empty()) request.headers = {{"Authorization", authorization}};
    return router.handle(std::move(request));
  }
  std::string basic(const control::OpenCredential& credential) { return basic_header(credential); }

  control::ServicesFixture services;
  BasicLogin login{services.publisher};
  http::Router router{
      v2_endpoints(login, {{Method::get, "/who", "Says who asks", [](const V2Call& call) {
                              return http::json_response(
                                  200, {{"cache", call.cache()}, {"name", call.caller.actor.name}});
                            }}})};
  control::CacheDetails shop = services.make_cache("shop");
  std::string id = std::to_string(shop.cache.id);
};

TEST_F(V2Test, ACredentialWithTheApiCapabilityReachesItsOwnCache) {
  const http::Response response = ask(id, basic(shop.primary()));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body).at("cache"), shop.cache.id);
  EXPECT_EQ(json::parse(response.body).at("name").as_string(), shop.primary().record.username);
}

TEST_F(V2Test, TheHeaderIsReadAsClientsWriteIt) {
  const std::string name = shop.primary().record.username;
  const std::string pair = base64(name + ":" + shop.primary().password);
  EXPECT_EQ(ask(id, "basic " + pair).status, 200);
  EXPECT_EQ(ask(id, "BASIC   " + pair).status, 200);
  EXPECT_EQ(ask(id, "Basic " + pair.substr(0, pair.find('='))).status, 200);
}

TEST_F(V2Test, WhoIsNotKnownIsABadUser) {
  const std::string name = shop.primary().record.username;
  const std::string password = shop.primary().password;
  for (const std::string& header :
       {std::string(), std::string("Basic"), std::string("Basic "), std::string("Basic !!!!"),
        "Bearer " + base64(name + ":" + password), "Basic " + base64(name),
        "Basic " + base64(name + ":"), "Basic " + base64(":" + password),
        "Basic " + base64(name + ":" + password + "0"), "Basic " + base64("nobody:" + password)}) {
    const http::Response response = ask(id, header);
    EXPECT_EQ(response.status, 401) << header;
    EXPECT_EQ(response.body, "{\"error\":{\"code\":401,\"message\":\"Bad user\"}}\n");
    EXPECT_THAT(response.header("WWW-Authenticate"), HasSubstr("Basic"));
  }
}

TEST_F(V2Test, ACredentialThatMayNotUseTheApiIsForbidden) {
  const auto plain = services.credentials.create({services.actor}, shop.cache.id, {.api = false});
  const auto prefixed =
      services.credentials.create({services.actor}, shop.cache.id, {.key_prefix = "web:"});
  for (const auto& credential : {*plain, *prefixed}) {
    const http::Response response = ask(id, basic(credential));
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(json::parse(response.body).at("error").at("code"), 403);
  }
}

TEST_F(V2Test, AnIdThatIsNoNumberIsInvalidAndAnothersIsNotFound) {
  const auto other = services.make_cache("other");
  for (const char* wrong : {"shop", "1x", "-1", "99999999999999999999", "1.5"}) {
    EXPECT_EQ(ask(wrong, basic(shop.primary())).status, 400) << wrong;
  }
  EXPECT_EQ(ask(std::to_string(other.cache.id), basic(shop.primary())).status, 404);
  EXPECT_EQ(ask("999999", basic(shop.primary())).status, 404);
  EXPECT_EQ(ask("shop", "").status, 401) << "who is not known is told nothing else";
}

TEST_F(V2Test, ADisabledCacheIsStillReached) {
  ASSERT_TRUE(
      services.caches.update(services.actor, shop.cache.id, {.is_enabled = false}).has_value());
  EXPECT_EQ(ask(id, basic(shop.primary())).status, 200);
}

TEST_F(V2Test, ADeletedCredentialIsRefusedAtOnce) {
  const auto second = services.credentials.create({services.actor}, shop.cache.id, {});
  EXPECT_EQ(ask(id, basic(*second)).status, 200);
  ASSERT_TRUE(
      services.credentials.remove({services.actor}, shop.cache.id, second->record.id).has_value());
  EXPECT_EQ(ask(id, basic(*second)).status, 401);
}

TEST(V2ErrorTest, WhatWentWrongInsideIsNotTold) {
  for (const Fault fault : {Fault::internal, Fault::unavailable}) {
    const http::Response response = v2_error(Error{fault, "disk /dev/secret is full"});
    EXPECT_GE(response.status, 500);
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
  }
}

Result<control::TimeWindow> window(http::NamedValues query) {
  return window_of({.query = std::move(query)}, kNow);
}

TEST(V2WindowTest, IsTheLastDayByDefault) {
  const auto found = window({});
  EXPECT_EQ(found->start, kNow - 86'400);
  EXPECT_EQ(found->end, kNow);
  EXPECT_EQ(window({{"endTime", "2023-01-09T15:20:00Z"}})->start, kNow - 2 * 86'400);
}

TEST(V2WindowTest, EndsNowAtTheLatest) {
  EXPECT_EQ(window({{"endTime", "2033-01-09T15:20:00Z"}})->end, kNow);
  const auto future =
      window({{"startTime", "2032-01-01T00:00:00Z"}, {"endTime", "2033-01-01T00:00:00Z"}});
  EXPECT_EQ(future->seconds(), 0);
}

TEST(V2WindowTest, TakesAnOffsetWhosePlusArrivedAsASpace) {
  EXPECT_EQ(window({{"startTime", "2023-01-10T10:20:00 01:00"}})->start, kNow - 6 * 3600);
}

TEST(V2WindowTest, RefusesWhatIsNoTimeAndATimeTurnedRound) {
  EXPECT_EQ(window({{"startTime", "yesterday"}}).error().fault, Fault::invalid);
  EXPECT_EQ(window({{"endTime", "1673364000"}}).error().fault, Fault::invalid);
  const auto turned =
      window({{"startTime", "2023-01-10T15:20:00Z"}, {"endTime", "2023-01-10T15:19:59Z"}});
  EXPECT_THAT(turned.error().detail, HasSubstr("2023-01-10T15:20:00Z is after"));
}

}  // namespace
}  // namespace cachery::api
