#include "api/link_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_fixture.h"
#include "api/cache_json.h"
#include "control/records.h"
#include "control/team_records.h"

namespace cachery::api {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::Not;

struct LinkSessionTest : testing::Test {
  std::string cookie_of(const http::Response& response) {
    const std::string header(response.header("Set-Cookie"));
    return header.substr(0, header.find(';'));
  }
  std::string open_link() {
    const auto made = services.caches.find(std::to_string(id));
    const auto response =
        api.ask_with(Method::get, "/sso/" + std::to_string(id) + "/" + made->link_secret, {});
    EXPECT_EQ(response.status, 303);
    return cookie_of(response);
  }
  http::Response ask(Method method, const std::string& path, const std::string& csrf = "") {
    http::NamedValues headers = {{"Cookie", "theme=dark; " + cookie}};
    if (!csrf.empty()) headers.emplace_back(kCsrfHeader, csrf);
    return api.ask_with(method, "/api/admin/v1" + path, headers);
  }
  std::string csrf() {
    return std::string(
        http::json::parse(ask(Method::get, "/me").body).at("csrf_token").as_string());
  }

  ApiFixture api;
  control::ServicesFixture& services = api.services;
  control::CacheId id = services.make_cache("shop").cache.id;
  std::string cookie = open_link();
};

TEST_F(LinkSessionTest, TheAddressLeadsToItsCacheByACookieThatScriptsCannotRead) {
  const auto made = services.caches.find("shop");
  const auto response = api.ask_with(Method::get, link_path(id, made->link_secret), {});
  EXPECT_EQ(response.header("Location"), "/caches/100001");
  EXPECT_THAT(std::string(response.header("Set-Cookie")), HasSubstr("HttpOnly; SameSite=Strict"));
  EXPECT_EQ(response.header("Cache-Control"), "no-store");
  EXPECT_EQ(api.ask_json(Method::get, "/caches/shop").at("sso_path"),
            http::json::value(link_path(id, made->link_secret)));
}

TEST_F(LinkSessionTest, AWrongAddressIsNotFound) {
  for (const char* path :
       {"/sso/100001/0123", "/sso/999/0123", "/sso/shop/0123", "/sso/99999999999/0123"}) {
    const auto response = api.ask_with(Method::get, path, {});
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_TRUE(response.header("Set-Cookie").empty());
  }
}

TEST_F(LinkSessionTest, SeesAndChangesItsOneCache) {
  const auto other = services.make_cache("other").cache.id;
  EXPECT_EQ(ask(Method::get, "/caches/shop").status, 200);
  EXPECT_EQ(ask(Method::get, "/caches/other").status, 404);
  EXPECT_EQ(ask(Method::get, "/caches/" + std::to_string(other) + "/credentials").status, 404);
  const auto listed = http::json::parse(ask(Method::get, "/caches").body).at("caches").as_array();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].at("id"), id);
  EXPECT_EQ(ask(Method::post, "/caches/shop/credentials", csrf()).status, 201);
  EXPECT_EQ(ask(Method::post, "/caches/shop/flush", csrf()).status, 204);
  EXPECT_EQ(ask(Method::remove, "/caches/shop", csrf()).status, 403);
  EXPECT_EQ(ask(Method::post, "/caches", csrf()).status, 403);
  EXPECT_EQ(ask(Method::post, "/plans", csrf()).status, 403);
  EXPECT_EQ(ask(Method::get, "/audit").status, 403);
  EXPECT_EQ(ask(Method::get, "/audit?cache=100001").status, 200);
}

TEST_F(LinkSessionTest, IsNotToldWhoseTheCacheIs) {
  const auto joined = services.store->write([&](control::Records& records) {
    return records.teams().insert(control::TeamRecord{.id = 5, .name = "ann@example.org"});
  });
  ASSERT_TRUE(joined.has_value());
  ASSERT_TRUE(services.caches.update(services.actor, id, {.team = 5}).has_value());
  EXPECT_EQ(services.caches.find("shop")->team_name, "ann@example.org");
  for (const char* path : {"/caches/shop", "/caches"}) {
    EXPECT_THAT(ask(Method::get, path).body, Not(HasSubstr("ann@example.org"))) << path;
  }
}

TEST_F(LinkSessionTest, AChangeNeedsTheCsrfHeader) {
  EXPECT_EQ(ask(Method::post, "/caches/shop/flush").status, 403);
  EXPECT_EQ(ask(Method::post, "/caches/shop/flush", "wrong").status, 403);
  EXPECT_TRUE(services.node.flushed().empty());
}

TEST_F(LinkSessionTest, RotationEndsItAtOnce) {
  const auto rotated = ask(Method::post, "/caches/shop/rotate_sso", csrf());
  ASSERT_EQ(rotated.status, 200);
  EXPECT_EQ(ask(Method::get, "/caches/shop").status, 401);
  const std::string path(http::json::parse(rotated.body).at("sso_path").as_string());
  EXPECT_EQ(api.ask_with(Method::get, path, {}).status, 303);
  const auto row = services.audit.list({.action = "cache.rotate_sso"})->rows.at(0);
  EXPECT_EQ(row.actor.kind, control::ActorKind::link);
  EXPECT_EQ(row.actor.address, "192.0.2.1");
}

TEST(CookieValue, IsFoundAmongOthersAndOnlyByItsWholeName) {
  const auto value = [](const char* header) {
    return std::string(cookie_value({.headers = {{"Cookie", header}}}, "a"));
  };
  EXPECT_EQ(value("a=1"), "1");
  EXPECT_EQ(value("b=2; a=1"), "1");
  EXPECT_EQ(value("ba=2;a=1;c=3"), "1");
  EXPECT_EQ(value("aa=2; ab=3"), "");
  EXPECT_EQ(value("a"), "");
  EXPECT_EQ(value(""), "");
}

}  // namespace
}  // namespace cachery::api
