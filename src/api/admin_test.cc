#include "api/admin.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_fixture.h"
#include "http/client.h"
#include "http/json.h"
#include "http/server.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;

// The whole way: a socket, the router, the services, SQLite, a node that keeps what it is told.
struct AdminTest : testing::Test {
  http::Response ask(Method method, const std::string& path, const std::string& body = "",
                     const std::string& bearer = "operator") {
    const auto response = http::fetch({.method = method,
                                       .origin = fmt::format("http://127.0.0.1:{}", server->port()),
                                       .path = "/api/admin/v1" + path,
                                       .headers = {{"Authorization", "Bearer " + bearer}},
                                       .body = body});
    return response ? *response : http::Response{.status = 0, .body = response.error().detail};
  }
  json::value ask_json(Method method, const std::string& path, const std::string& body = "") {
    return json::parse(ask(method, path, body).body);
  }
  json::value make(const std::string& name) {
    return ask_json(Method::post, "/caches", R"({"plan":"dev","name":")" + name + "\"}");
  }

  ApiFixture api;
  control::ServicesFixture& services = api.services;
  const http::Router& router = api.router;
  std::unique_ptr<http::Server> server =
      http::start_server({}, [this](const http::Request& request) {
        return api.router.handle(request);
      }).value();
};

TEST_F(AdminTest, EveryEndpointRefusesAMissingAndAWrongToken) {
  for (const http::Endpoint& endpoint : router.endpoints()) {
    if (endpoint.description.proofs.empty()) continue;  // the single sign-on address is the proof
    http::Request request{.method = endpoint.method};
    EXPECT_EQ(endpoint.handler(request).status, 401) << endpoint.path;
    for (const char* header : {"operator", "Bearer", "Bearer ", "Bearer operatoR", "Basic operator",
                               "Bearer operator2", "bearer operator"}) {
      request.headers = {{"Authorization", header}};
      EXPECT_EQ(endpoint.handler(request).status, 401) << endpoint.path << " " << header;
    }
  }
  EXPECT_EQ(ask(Method::get, "/caches", "", "wrong").header("www-authenticate"), "Bearer");
}

TEST_F(AdminTest, ACreatedCacheShowsAllThatAClientNeeds) {
  const http::Response created = ask(Method::post, "/caches", R"({"name":"shop","plan":"dev"})");
  ASSERT_EQ(created.status, 201) << created.body;
  const json::value cache = json::parse(created.body);
  EXPECT_EQ(cache.at("id"), 100'001);
  EXPECT_EQ(cache.at("name"), "shop");
  EXPECT_EQ(cache.at("plan"), "dev");
  EXPECT_EQ(cache.at("enabled"), true);
  EXPECT_EQ(cache.at("limit_bytes"), 28'835'840);
  EXPECT_EQ(json::serialize(cache.at("servers")), R"(["cache.example.org:11211"])");
  EXPECT_EQ(json::serialize(cache.at("tls_servers")), R"(["cache.example.org:11219"])");
  EXPECT_EQ(cache.at("username").as_string().size(), 6u);
  EXPECT_EQ(cache.at("password").as_string().size(), 32u);
  EXPECT_EQ(cache.at("credentials").as_array().size(), 1u);
  EXPECT_EQ(ask_json(Method::get, "/caches/shop"), cache);
  EXPECT_EQ(ask_json(Method::get, "/caches/100001"), cache);
  EXPECT_EQ(ask_json(Method::get, "/caches").at("caches"), json::value(json::array{cache}));
}

TEST_F(AdminTest, AWrongBodyIsRefusedByNameAndChangesNothing) {
  for (const char* body :
       {"", "{}", "[]", "{", R"({"name":"a"})", R"({"plan":"dev"})", R"({"name":1,"plan":"dev"})",
        R"({"name":"a","plan":"dev","x":1})", R"({"name":"a","plan":"huge"})",
        R"({"name":"a","size_mib":-1})", R"({"name":"a","size_mib":99999999999})"}) {
    const http::Response response = ask(Method::post, "/caches", body);
    EXPECT_EQ(response.status, 400) << body << response.body;
    EXPECT_THAT(response.body, HasSubstr(R"("code":"invalid")")) << body;
  }
  EXPECT_TRUE(services.caches.list()->empty());
}

TEST_F(AdminTest, ANameTakenIsAConflict) {
  make("shop");
  EXPECT_EQ(ask(Method::post, "/caches", R"({"name":"Shop","plan":"dev"})").status, 409);
}

TEST_F(AdminTest, AnUpdateMayChangeNameSizeAndEnabledAtOnce) {
  make("shop");
  const json::value cache =
      ask_json(Method::patch, "/caches/shop", R"({"name":"store","plan":"100","enabled":false})");
  EXPECT_EQ(cache.at("name"), "store");
  EXPECT_EQ(cache.at("limit_bytes"), 115'343'360);
  EXPECT_EQ(services.node.snapshot().caches.at(0).is_enabled, false);
  EXPECT_EQ(ask(Method::patch, "/caches/store", R"({"enabled":true})").status, 200);
  EXPECT_EQ(services.node.snapshot().caches.at(0).is_enabled, true);
  EXPECT_EQ(ask_json(Method::patch, "/caches/store", R"({"size_mib":10})").at("plan"), "custom");
}

TEST_F(AdminTest, AnUpdateThatIsWrongInOneFieldChangesNone) {
  const json::value before = make("shop");
  for (const char* body : {R"({"name":"store","plan":"huge"})", R"({"plan":"100","enabled":1})",
                           R"({"enabled":false,"name":""})", R"({"plan":"100","size_mib":5})"}) {
    EXPECT_EQ(ask(Method::patch, "/caches/shop", body).status, 400) << body;
  }
  EXPECT_EQ(ask_json(Method::get, "/caches/shop"), before);
}

TEST_F(AdminTest, FlushStatsAndDeleteReachTheNode) {
  make("shop");
  EXPECT_EQ(ask(Method::post, "/caches/shop/flush").status, 204);
  EXPECT_THAT(services.node.flushed(), ElementsAre(100'001u));
  const json::value stats = ask_json(Method::get, "/caches/shop/stats").at("stats");
  EXPECT_EQ(stats.at("get_hits"), 7);
  EXPECT_EQ(stats.as_object().size(), tenant::kCounterCount);
  EXPECT_EQ(ask(Method::post, "/caches/shop/stats/reset").status, 204);
  EXPECT_EQ(ask(Method::remove, "/caches/shop").status, 204);
  EXPECT_TRUE(services.node.snapshot().caches.at(0).credentials.empty());
  EXPECT_EQ(ask(Method::get, "/caches/shop").status, 404);
}

TEST_F(AdminTest, ACredentialIsMadeChangedPromotedAndDeleted) {
  const auto first = make("shop").at("credentials").at(0).at("id").as_int64();
  const http::Response created =
      ask(Method::post, "/caches/shop/credentials", R"({"write":false,"key_prefix":"web:"})");
  ASSERT_EQ(created.status, 201) << created.body;
  const json::value credential = json::parse(created.body);
  EXPECT_EQ(credential.at("write"), false);
  EXPECT_EQ(credential.at("flush"), true);
  EXPECT_EQ(credential.at("key_prefix"), "web:");
  const std::string path =
      fmt::format("/caches/shop/credentials/{}", credential.at("id").as_int64());
  const json::value updated = ask_json(
      Method::patch, path, R"({"own_port":12001,"own_port_networks":["10.0.0.0/8"],"api":false})");
  EXPECT_EQ(updated.at("own_port"), 12001);
  EXPECT_EQ(updated.at("write"), false);
  EXPECT_EQ(ask_json(Method::post, path + "/promote").at("primary"), true);
  EXPECT_EQ(ask(Method::remove, path).status, 409);
  EXPECT_EQ(ask(Method::remove, fmt::format("/caches/shop/credentials/{}", first)).status, 204);
  EXPECT_EQ(ask_json(Method::get, "/caches/shop/credentials").at("credentials").as_array().size(),
            1u);
}

TEST_F(AdminTest, AnUnknownCacheOrCredentialIsNotFoundEverywhere) {
  make("shop");
  for (const http::Endpoint& endpoint : router.endpoints()) {
    if (endpoint.path.find("{cache}") == std::string::npos) continue;
    http::Request request{.method = endpoint.method,
                          .headers = {{"Authorization", "Bearer operator"}},
                          .parameters = {{"cache", "999999"}, {"credential", "1"}}};
    EXPECT_EQ(endpoint.handler(request).status, 404) << endpoint.path;
    if (endpoint.path.find("{credential}") == std::string::npos) continue;
    for (const char* id : {"999", "x", "-1", "99999999999999999999"}) {
      request.parameters = {{"cache", "shop"}, {"credential", id}};
      EXPECT_EQ(endpoint.handler(request).status, 404) << endpoint.path << " " << id;
    }
  }
}

}  // namespace
}  // namespace cachery::api
