#include "api/v2_alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/basic_fixture.h"
#include "control/alerts_fixture.h"
#include "control/db/services_fixture.h"
#include "http/json.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;
using testing::HasSubstr;

struct V2AlertsTest : testing::Test {
  http::Response ask(Method method, std::vector<std::string> path, std::string body = {}) {
    return ask_of(shop, method, std::move(path), std::move(body));
  }
  http::Response ask_of(const control::CacheDetails& cache, Method method,
                        std::vector<std::string> path, std::string body = {}) {
    http::Request request{.method = method,
                          .segments = {"api", "v2", "caches", std::to_string(cache.cache.id)},
                          .body = std::move(body)};
    for (std::string& segment : path) request.segments.push_back(std::move(segment));
    const auto& credential = cache.primary();
    request.headers = {{"Authorization", basic_header(credential)}};
    return router.handle(std::move(request));
  }
  json::value made(std::vector<std::string> path, std::string body) {
    const auto response = ask(Method::post, std::move(path), std::move(body));
    EXPECT_EQ(response.status, 201) << response.body;
    return json::parse(response.body);
  }

  control::ServicesFixture services;
  control::CacheDetails shop = services.make_cache("shop");
  control::CacheDetails other = services.make_cache("other");
  control::NoMeasurements measurements;
  control::AnsweringCourier courier;
  control::Deliveries deliveries{*services.store, services.sealer, courier, services.audit,
                                 services.clock};
  control::Alerts alerts{*services.store, measurements, services.audit, services.clock};
  BasicLogin login{services.publisher};
  http::Router router{v2_endpoints(login, v2_alerts_rows(alerts, deliveries))};
};

constexpr const char* kAlert = R"({"trigger_type":"hit_rate","trigger_threshold":80,)"
                               R"("delivery_config_id":1,"description":"low","enabled":true})";

TEST_F(V2AlertsTest, AnAlertIsMadeShownChangedAndDeletedInTheDocumentsShapes) {
  const json::value config = {{"id", 1},
                              {"delivery_type", "email"},
                              {"email", "a@example.org"},
                              {"slack_url", ""},
                              {"slack_channel", ""}};
  EXPECT_EQ(made({"alerts", "configs"}, R"({"delivery_type":"email","email":"a@example.org"})"),
            config);
  json::value alert = {{"id", 1},
                       {"trigger_type", "hit_rate"},
                       {"trigger_threshold", 80},
                       {"delivery_config_id", 1},
                       {"description", "low"},
                       {"enabled", true}};
  EXPECT_EQ(made({"alerts"}, kAlert), alert);
  EXPECT_EQ(json::parse(ask(Method::get, {"alerts"}).body), json::value(json::array{alert}));
  EXPECT_EQ(json::parse(ask(Method::get, {"alerts", "1"}).body), alert);
  alert.as_object()["enabled"] = false;
  const auto changed = ask(Method::put, {"alerts", "1"}, R"({"id":1,"enabled":false})");
  EXPECT_EQ(changed.status, 201);
  EXPECT_EQ(json::parse(changed.body), alert);
  EXPECT_EQ(ask(Method::remove, {"alerts", "1"}).status, 201);
  EXPECT_EQ(ask(Method::get, {"alerts"}).body, "[]\n");
  EXPECT_EQ(json::parse(ask(Method::get, {"alerts", "configs"}).body),
            json::value(json::array{config}));
  EXPECT_EQ(ask(Method::remove, {"alerts", "configs", "1"}).status, 204);
  EXPECT_EQ(ask(Method::get, {"alerts", "configs"}).body, "[]\n");
}

TEST_F(V2AlertsTest, WhatIsWrongIs400) {
  const std::vector<std::string> wrong = {
      "",
      "{}",
      "[]",
      "{",
      R"({"trigger_threshold":80})",
      R"({"trigger_type":"hit_rate"})",
      R"({"trigger_type":"hits","trigger_threshold":80})",
      R"({"trigger_type":7,"trigger_threshold":80})",
      R"({"trigger_type":"hit_rate","trigger_threshold":101})",
      R"({"trigger_type":"hit_rate","trigger_threshold":-1})",
      R"({"trigger_type":"hit_rate","trigger_threshold":"80"})",
      R"({"trigger_type":"hit_rate","trigger_threshold":80,"enabled":"yes"})",
      R"({"trigger_type":"hit_rate","trigger_threshold":80,"delivery_config_id":99})",
      R"({"trigger_type":"certificate_expiry","trigger_threshold":80})",
  };
  for (const std::string& body : wrong) {
    const auto response = ask(Method::post, {"alerts"}, body);
    EXPECT_EQ(response.status, 400) << body << response.body;
    EXPECT_EQ(json::parse(response.body).at("error").at("code"), 400);
  }
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"delivery_type":"pigeon"})"),
        std::string(R"({"delivery_type":"email"})"), std::string(R"({"delivery_type":"webhook"})"),
        std::string(R"({"delivery_type":"slack","slack_url":"x"})")}) {
    EXPECT_EQ(ask(Method::post, {"alerts", "configs"}, body).status, 400) << body;
  }
}

TEST_F(V2AlertsTest, AnIdThatIsNoNumberIs400AndAnUnknownOneIs404) {
  for (const Method method : {Method::get, Method::put, Method::remove}) {
    EXPECT_EQ(ask(method, {"alerts", "x"}, "{}").status, 400);
    EXPECT_EQ(ask(method, {"alerts", "7"}, "{}").status, 404);
    EXPECT_EQ(ask(method, {"alerts", "18446744073709551615"}, "{}").status, 404);
  }
  EXPECT_EQ(ask(Method::remove, {"alerts", "configs", "x"}).status, 400);
  EXPECT_EQ(ask(Method::remove, {"alerts", "configs", "7"}).status, 404);
}

TEST_F(V2AlertsTest, AConfigurationThatAlertsDeliverToIs400) {
  made({"alerts", "configs"}, R"({"delivery_type":"email","email":"a@example.org"})");
  made({"alerts"}, kAlert);
  const auto refused = ask(Method::remove, {"alerts", "configs", "1"});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("alerts deliver to configuration 1"));
}

TEST_F(V2AlertsTest, TheIdInTheBodyMustBeThatOfTheAddress) {
  made({"alerts"}, R"({"trigger_type":"memory_usage","trigger_threshold":90})");
  EXPECT_EQ(ask(Method::put, {"alerts", "1"}, R"({"id":2,"enabled":false})").status, 400);
}

TEST_F(V2AlertsTest, AnotherCachesAlertsAreNotThere) {
  made({"alerts", "configs"}, R"({"delivery_type":"email","email":"a@example.org"})");
  made({"alerts"}, kAlert);
  EXPECT_EQ(ask_of(other, Method::get, {"alerts"}).body, "[]\n");
  EXPECT_EQ(ask_of(other, Method::get, {"alerts", "configs"}).body, "[]\n");
  EXPECT_EQ(ask_of(other, Method::get, {"alerts", "1"}).status, 404);
  EXPECT_EQ(ask_of(other, Method::put, {"alerts", "1"}, "{}").status, 404);
  EXPECT_EQ(ask_of(other, Method::remove, {"alerts", "1"}).status, 404);
  EXPECT_EQ(ask_of(other, Method::remove, {"alerts", "configs", "1"}).status, 404);
  EXPECT_EQ(ask_of(other, Method::post, {"alerts"}, kAlert).status, 400);
}

}  // namespace
}  // namespace cachery::api
