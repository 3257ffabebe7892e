#include "api/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/principals_fixture.h"
#include "control/alerts_fixture.h"
#include "control/db/services_fixture.h"
#include "http/json.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;
using testing::HasSubstr;
using testing::Not;

struct AdminAlertsTest : testing::Test {
  http::Response ask(Method method, const std::string& path, std::string body = {},
                     const std::string& who = "operator") {
    http::Request request{.method = method, .body = std::move(body)};
    std::string_view rest = path;
    if (const size_t mark = rest.find('?'); mark != std::string_view::npos) {
      const std::string_view query = rest.substr(mark + 1);
      const size_t equals = query.find('=');
      request.query = {
          {std::string(query.substr(0, equals)), std::string(query.substr(equals + 1))}};
      rest = rest.substr(0, mark);
    }
    for (const auto* prefix : {"api", "admin", "v1"}) request.segments.emplace_back(prefix);
    while (!rest.empty()) {
      rest.remove_prefix(1);
      request.segments.emplace_back(rest.substr(0, rest.find('/')));
      rest.remove_prefix(std::min(rest.find('/'), rest.size()));
    }
    if (!who.empty()) request.headers = {{"X-Test", who}};
    return router.handle(std::move(request));
  }
  json::value made(const std::string& path, std::string body) {
    const auto response = ask(Method::post, path, std::move(body));
    EXPECT_EQ(response.status, 201) << response.body;
    return json::parse(response.body);
  }

  control::ServicesFixture services;
  const std::string shop = "/caches/" + std::to_string(services.make_cache("shop").cache.id);
  const std::string other = "/caches/" + std::to_string(services.make_cache("other").cache.id);
  control::NoMeasurements measurements;
  control::AnsweringCourier courier;
  control::Deliveries deliveries{*services.store, services.sealer, courier, services.audit,
                                 services.clock};
  control::Alerts alerts{*services.store, measurements, services.audit, services.clock};
  SaysWho proof;
  Principals principals{{&proof}};
  http::Router router{alerts_endpoints({alerts, deliveries, services.caches, principals})};
};

constexpr const char* kWebhook =
    R"({"delivery_type":"webhook","webhook_url":"https://example.org/hook"})";
constexpr const char* kHitRate = R"({"trigger_type":"hit_rate","trigger_threshold":80})";

TEST_F(AdminAlertsTest, AnAlertIsMadeChangedListedAndDeleted) {
  const auto alert = made(shop + "/alerts", kHitRate);
  EXPECT_EQ(alert.at("id"), 1);
  EXPECT_EQ(alert.at("state"), "ok");
  EXPECT_TRUE(alert.at("delivery_config_id").is_null());
  EXPECT_TRUE(alert.at("enabled").as_bool());
  const auto changed = ask(Method::patch, shop + "/alerts/1", R"({"trigger_threshold":70})");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(json::parse(changed.body).at("trigger_threshold"), 70);
  EXPECT_EQ(ask(Method::get, "/caches/shop/alerts/1").body, changed.body) << "by the cache's name";
  EXPECT_EQ(json::parse(ask(Method::get, shop + "/alerts").body).at("alerts").as_array().size(),
            1u);
  EXPECT_EQ(ask(Method::remove, shop + "/alerts/1").status, 204);
  EXPECT_EQ(ask(Method::get, shop + "/alerts/1").status, 404);
}

TEST_F(AdminAlertsTest, AWebhooksSecretIsShownAndATestIsDelivered) {
  const auto config = made(shop + "/alerts/configs", kWebhook);
  EXPECT_EQ(config.at("webhook_secret").as_string().size(), 64u);
  const auto queued = ask(Method::post, shop + "/alerts/configs/1/test");
  EXPECT_EQ(queued.status, 202) << queued.body;
  EXPECT_EQ(json::parse(queued.body).at("state"), "queued");
  courier.answer = fail(Fault::forbidden, "its address is private");
  ASSERT_TRUE(deliveries.send_due(services.clock.now()).has_value());
  auto shown = json::parse(ask(Method::get, shop + "/alerts/deliveries/1").body);
  EXPECT_EQ(shown.at("state"), "failed");
  EXPECT_EQ(shown.at("last_error"), "its address is private");
  EXPECT_EQ(shown.at("attempts"), 1);
  EXPECT_EQ(ask(Method::post, shop + "/alerts/deliveries/1/retry").status, 202);
  EXPECT_EQ(ask(Method::post, shop + "/alerts/deliveries/1/retry").status, 409);
  courier.answer = {};
  ASSERT_TRUE(deliveries.send_due(services.clock.now()).has_value());
  const auto listed = json::parse(ask(Method::get, shop + "/alerts/deliveries").body);
  EXPECT_EQ(listed.at("deliveries").as_array().at(0).at("state"), "sent");
  EXPECT_EQ(ask(Method::remove, shop + "/alerts/configs/1").status, 204);
}

TEST_F(AdminAlertsTest, OnlyWhoMaySeeTheCacheSeesItsAlerts) {
  made(shop + "/alerts", kHitRate);
  EXPECT_EQ(ask(Method::get, shop + "/alerts", {}, "").status, 401);
  EXPECT_EQ(ask(Method::get, shop + "/alerts", {}, "member 3").status, 404);
  EXPECT_EQ(ask(Method::post, shop + "/alerts", kHitRate, "member 3").status, 404);
  EXPECT_EQ(ask(Method::get, shop + "/alerts", {}, "link 100001").status, 200);
  EXPECT_EQ(ask(Method::get, shop + "/alerts", {}, "link 100002").status, 404);
  EXPECT_EQ(ask(Method::get, "/alerts", {}, "link 100001").status, 403);
}

TEST_F(AdminAlertsTest, WhatBelongsToAnotherCacheIsNotThere) {
  made(shop + "/alerts", kHitRate);
  made(shop + "/alerts/configs", kWebhook);
  ask(Method::post, shop + "/alerts/configs/1/test");
  for (const std::string path : {"/alerts/1", "/alerts/configs/1", "/alerts/deliveries/1"}) {
    EXPECT_EQ(ask(Method::get, other + path).status, 404) << path;
    EXPECT_EQ(ask(Method::get, shop + path).status, 200) << path;
    EXPECT_EQ(ask(Method::get, path).status, 404) << path;
  }
  EXPECT_EQ(ask(Method::patch, other + "/alerts/1", "{}").status, 404);
  EXPECT_EQ(ask(Method::remove, other + "/alerts/1").status, 404);
  EXPECT_EQ(ask(Method::remove, other + "/alerts/configs/1").status, 404);
  EXPECT_EQ(ask(Method::post, other + "/alerts/configs/1/test").status, 404);
  EXPECT_EQ(ask(Method::post, other + "/alerts/deliveries/1/retry").status, 404);
}

TEST_F(AdminAlertsTest, WhatIsWrongIsRefusedWithAWordWhy) {
  for (const std::string body :
       {"{", "[]", "{}", R"({"trigger_type":"hit_rate"})", R"({"trigger_threshold":80})",
        R"({"trigger_type":"x","trigger_threshold":80})",
        R"({"trigger_type":"hit_rate","trigger_threshold":101})",
        R"({"trigger_type":"hit_rate","trigger_threshold":1.5})",
        R"({"trigger_type":"hit_rate","trigger_threshold":80,"treshold":1})",
        R"({"trigger_type":"hit_rate","trigger_threshold":80,"delivery_config_id":5})"}) {
    const auto refused = ask(Method::post, shop + "/alerts", body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_THAT(refused.body, HasSubstr("\"message\"")) << body;
  }
  for (const std::string body :
       {"{}", R"({"delivery_type":"webhook"})", R"({"delivery_type":"fax"})",
        R"({"delivery_type":"webhook","webhook_url":"http://a b"})",
        R"({"delivery_type":"webhook","webhook_url":"https://example.org","invoices":true})"}) {
    EXPECT_EQ(ask(Method::post, shop + "/alerts/configs", body).status, 400) << body;
  }
  for (const std::string id : {"x", "-1", "99999999999999999999", "7"}) {
    EXPECT_EQ(ask(Method::get, shop + "/alerts/" + id).status, 404) << id;
  }
  for (const std::string query : {"limit=0", "limit=x", "limit=1001", "before=x", "before=0"}) {
    EXPECT_EQ(ask(Method::get, shop + "/alerts/events?" + query).status, 400) << query;
    EXPECT_EQ(ask(Method::get, shop + "/alerts/deliveries?" + query).status, 400) << query;
  }
}

TEST_F(AdminAlertsTest, TheInstallationHasItsOwn) {
  const auto made_one =
      made("/alerts", R"({"trigger_type":"certificate_expiry","trigger_threshold":14})");
  EXPECT_EQ(made_one.at("id"), 1);
  EXPECT_EQ(ask(Method::post, "/alerts", kHitRate).status, 400);
  EXPECT_EQ(ask(Method::get, shop + "/alerts/1").status, 404);
  const auto config = made("/alerts/configs", R"({"delivery_type":"webhook","invoices":true,)"
                                              R"("webhook_url":"https://example.org/"})");
  EXPECT_TRUE(config.at("invoices").as_bool());
  const auto triggers = json::parse(ask(Method::get, "/alerts/triggers").body);
  EXPECT_EQ(triggers.at("triggers").as_array().size(), control::alert_triggers().size());
}

}  // namespace
}  // namespace cachery::api
