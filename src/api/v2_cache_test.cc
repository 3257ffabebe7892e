#include "api/v2_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_fixture.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;
using testing::ElementsAre;
using testing::MatchesRegex;

struct V2CacheTest : testing::Test {
  http::Response ask(Method method, const std::string& path, const std::string& body = "") {
    return ask_as(made.primary(), method, path, body);
  }
  http::Response ask_as(const control::OpenCredential& who, Method method, const std::string& path,
                        const std::string& body = "") {
    return api.ask_with(method, "/api/v2/caches/" + std::to_string(id) + path,
                        {{"Authorization", basic_header(who)}}, body);
  }
  json::value ask_json(Method method, const std::string& path, const std::string& body = "") {
    return json::parse(ask(method, path, body).body);
  }
  control::OpenCredential add() {
    return services.credentials.create({services.actor}, id, {}).value();
  }

  ApiFixture api;
  control::ServicesFixture& services = api.services;
  control::CacheDetails made = services.make_cache("shop");
  control::CacheId id = made.cache.id;
  std::string username = made.primary().record.username;
};

std::vector<std::string> keys_of(const json::value& object) {
  std::vector<std::string> keys;
  for (const auto& field : object.as_object()) keys.emplace_back(field.key());
  return keys;
}

TEST_F(V2CacheTest, InfoHasTheDocumentedShape) {
  const json::value info = ask_json(Method::get, "/info");
  EXPECT_THAT(keys_of(info),
              ElementsAre("id", "name", "label", "cache_type", "plan", "provider", "enabled",
                          "cluster_name", "servers", "credentials", "can_switch",
                          "can_manage_credentials", "can_update_capabilities"));
  EXPECT_EQ(info.at("id"), id);
  EXPECT_THAT(std::string(info.at("name").as_string()), MatchesRegex("[0-9A-F]{6}"));
  EXPECT_EQ(info.at("label"), "shop");
  EXPECT_EQ(info.at("cache_type"), "memcachier");
  EXPECT_EQ(info.at("plan"), 25 << 20);
  EXPECT_EQ(info.at("enabled"), true);
  EXPECT_EQ(info.at("cluster_name"), "main");
  EXPECT_EQ(info.at("servers").at(0), "cache.example.org:11211");
  EXPECT_EQ(info.at("can_switch"), false);
  EXPECT_EQ(info.at("can_manage_credentials"), true);
}

TEST_F(V2CacheTest, ACredentialHasTheDocumentedShape) {
  const json::value listed = ask_json(Method::get, "/credentials");
  ASSERT_EQ(listed.as_array().size(), 1u);
  const json::value& one = listed.at(0);
  EXPECT_THAT(keys_of(one),
              ElementsAre("id", "cache_id", "sasl_username", "sasl_password", "write_capability",
                          "flush_capability", "api_capability", "primary"));
  EXPECT_EQ(one.at("cache_id"), id);
  EXPECT_EQ(one.at("sasl_username"), json::value(username));
  EXPECT_EQ(one.at("sasl_password"), json::value(made.primary().password));
  EXPECT_EQ(one.at("primary"), true);
}

TEST_F(V2CacheTest, CreatePromoteAndDelete) {
  const auto created = ask(Method::post, "/credentials");
  ASSERT_EQ(created.status, 201);
  const std::string second(json::parse(created.body).at("sasl_username").as_string());
  EXPECT_EQ(json::parse(created.body).at("primary"), false);
  EXPECT_EQ(ask(Method::remove, "/credentials/" + username).status, 403);  // the primary
  const auto promoted = ask(Method::post, "/credentials/primary/" + second);
  EXPECT_EQ(promoted.status, 200);
  EXPECT_EQ(json::parse(promoted.body).at("primary"), true);
  const auto newer = services.caches.find("shop")->primary();
  EXPECT_EQ(ask(Method::remove, "/credentials/" + username).status, 200);
  EXPECT_EQ(ask(Method::get, "/info").status, 401);  // it was the one that asked
  EXPECT_EQ(ask_as(newer, Method::remove, "/credentials/" + second).status, 403);  // the last
  EXPECT_EQ(ask_as(newer, Method::remove, "/credentials/nobody").status, 404);
}

TEST_F(V2CacheTest, AnUpdateTurnsOffWhatItOmits) {
  const std::string path = "/credentials/" + add().record.username;
  EXPECT_EQ(ask_json(Method::patch, path, R"({"write_capability":true})"),
            json::parse(R"({"write_capability":true,"flush_capability":false,)"
                        R"("api_capability":false})"));
  EXPECT_EQ(ask_json(Method::patch, path, R"({"flush_capability":"true","more":1})"),
            json::parse(R"({"write_capability":false,"flush_capability":true,)"
                        R"("api_capability":false})"));
  for (const char* body : {"[]", "{", R"({"write_capability":1})", R"({"api_capability":"yes"})"}) {
    EXPECT_EQ(ask(Method::patch, path, body).status, 400) << body;
  }
  EXPECT_EQ(ask(Method::patch, "/credentials/nobody", "{}").status, 404);
}

TEST_F(V2CacheTest, FlushTakesAnyBodyAndNeedsTheCapability) {
  EXPECT_EQ(ask(Method::post, "/flush").status, 204);
  EXPECT_EQ(ask(Method::post, "/flush", "release: {not json").status, 204);
  EXPECT_THAT(services.node.flushed(), ElementsAre(id, id));
  const auto weak = services.credentials.create({services.actor}, id, {.flush = false});
  const auto refused = ask_as(*weak, Method::post, "/flush");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(json::parse(refused.body).at("error").at("code"), 403);
  EXPECT_EQ(services.node.flushed().size(), 2u);
  EXPECT_EQ(services.audit.list({.action = "cache.flush"})->rows.at(0).actor.kind,
            control::ActorKind::credential);
}

TEST_F(V2CacheTest, ResetStatsReachesTheNode) {
  EXPECT_EQ(ask(Method::post, "/reset_stats").status, 204);
  EXPECT_THAT(services.node.counters_reset(), ElementsAre(id));
}

TEST_F(V2CacheTest, EnableLetsClientsInAgainUnlessTheOperatorForbadeIt) {
  ASSERT_TRUE(services.caches.update(services.actor, id, {.is_enabled = false}));
  EXPECT_EQ(ask_json(Method::get, "/info").at("enabled"), false);
  EXPECT_EQ(ask(Method::post, "/enable_cache").status, 200);
  EXPECT_TRUE(services.node.snapshot().caches.at(0).is_enabled);
  ASSERT_TRUE(services.caches.update(services.actor, id,
                                     {.is_enabled = false, .by = control::DisabledBy::operator_}));
  EXPECT_EQ(ask(Method::post, "/enable_cache").status, 403);
}

TEST_F(V2CacheTest, RotateSsoAnswersTheNewTokenAsAJsonString) {
  const json::value token = ask_json(Method::post, "/rotate_sso");
  EXPECT_EQ(json::value(services.caches.find("shop")->link_secret), token);
  EXPECT_NE(json::value(made.link_secret), token);
}

TEST_F(V2CacheTest, OneClusterCannotBeSwitched) {
  const auto response = ask(Method::post, "/switch_cluster");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(json::parse(response.body).at("error").at("code"), 400);
}

TEST_F(V2CacheTest, WhatThePlanWithholdsIsForbidden) {
  const std::string second = add().record.username;
  ASSERT_TRUE(services.plans.update(services.actor, "dev",
                                    {.manage_credentials = false, .update_capabilities = false}));
  const json::value info = ask_json(Method::get, "/info");
  EXPECT_EQ(info.at("can_manage_credentials"), false);
  EXPECT_EQ(info.at("can_update_capabilities"), false);
  EXPECT_EQ(ask(Method::post, "/credentials").status, 403);
  EXPECT_EQ(ask(Method::remove, "/credentials/" + second).status, 403);
  EXPECT_EQ(ask(Method::post, "/credentials/primary/" + second).status, 403);
  EXPECT_EQ(ask(Method::patch, "/credentials/" + second, "{}").status, 403);
  EXPECT_EQ(ask(Method::get, "/credentials").status, 200);
}

struct LesserCredentialTest : V2CacheTest {
  control::OpenCredential make(const control::CredentialPatch& wanted) {
    return services.credentials.create({services.actor}, id, wanted).value();
  }
  std::string capabilities_of(const control::OpenCredential& credential) {
    const auto all = services.credentials.list(id).value();
    for (const auto& one : all) {
      const tenant::Capabilities& may = one.record.capabilities;
      if (one.record.id != credential.record.id) continue;
      return std::string(may.write ? "w" : "") + (may.flush ? "f" : "") + (may.api ? "a" : "");
    }
    return "gone";
  }

  control::OpenCredential reader = make({.write = false, .flush = false, .api = true});
  std::string own_path = "/credentials/" + reader.record.username;
};

TEST_F(LesserCredentialTest, GivesItselfNothingThatItHasNot) {
  for (const char* body : {R"({"write_capability":true,"api_capability":true})",
                           R"({"flush_capability":true,"api_capability":true})"}) {
    EXPECT_EQ(ask_as(reader, Method::patch, own_path, body).status, 403) << body;
  }
  EXPECT_EQ(capabilities_of(reader), "a");
  EXPECT_EQ(ask_as(reader, Method::patch, own_path, R"({"api_capability":false})").status, 200);
  EXPECT_EQ(capabilities_of(reader), "");
}

TEST_F(LesserCredentialTest, MakesNoneThatMayMore) {
  const auto created = ask_as(reader, Method::post, "/credentials");
  ASSERT_EQ(created.status, 201);
  const json::value shown = json::parse(created.body);
  EXPECT_EQ(shown.at("write_capability"), false);
  EXPECT_EQ(shown.at("flush_capability"), false);
  EXPECT_EQ(shown.at("api_capability"), true);
  EXPECT_NE(shown.at("sasl_password"), "");
}

TEST_F(LesserCredentialTest, SeesNoPasswordOfOneThatMayMore) {
  for (const char* path : {"/credentials", "/info"}) {
    const std::string seen = ask_as(reader, Method::get, path).body;
    EXPECT_EQ(seen.find(made.primary().password), std::string::npos) << path;
    EXPECT_NE(seen.find(reader.password), std::string::npos) << path;
    EXPECT_NE(ask(Method::get, path).body.find(reader.password), std::string::npos) << path;
  }
}

TEST_F(LesserCredentialTest, NeitherChangesNorPromotesNorDeletesOneThatMayMore) {
  const auto writer = add();
  const std::string path = "/credentials/" + writer.record.username;
  EXPECT_EQ(ask_as(reader, Method::patch, path, R"({"api_capability":true})").status, 403);
  EXPECT_EQ(ask_as(reader, Method::remove, path).status, 403);
  EXPECT_EQ(ask_as(reader, Method::post, "/credentials/primary/" + writer.record.username).status,
            403);
  // Itself is not to take the place of the primary, which may more.
  EXPECT_EQ(ask_as(reader, Method::post, "/credentials/primary/" + reader.record.username).status,
            403);
  EXPECT_EQ(capabilities_of(writer), "wfa");
  const auto other = make({.write = false, .flush = false});
  EXPECT_EQ(ask_as(reader, Method::remove, "/credentials/" + other.record.username).status, 200);
}

TEST_F(LesserCredentialTest, ChangesNothingOfTheCache) {
  for (const char* path : {"/rotate_sso", "/enable_cache", "/flush", "/reset_stats"}) {
    const auto refused = ask_as(reader, Method::post, path);
    EXPECT_EQ(refused.status, 403) << path;
    EXPECT_EQ(refused.body.find("Bad user"), std::string::npos) << path;
  }
  const auto writer = make({.flush = false});
  EXPECT_EQ(ask_as(writer, Method::post, "/reset_stats").status, 204);
  // Whoever has the address may flush, too.
  EXPECT_EQ(ask_as(writer, Method::post, "/rotate_sso").status, 403);
  EXPECT_EQ(ask(Method::post, "/rotate_sso").status, 200);
  EXPECT_TRUE(services.node.flushed().empty());
}

TEST_F(LesserCredentialTest, HasNoApiUnlessThatIsSaid) {
  EXPECT_EQ(capabilities_of(make({.write = false})), "f");
  EXPECT_EQ(capabilities_of(make({.write = false, .api = true})), "fa");
  EXPECT_EQ(capabilities_of(make({.flush = false})), "wa");
}

TEST_F(V2CacheTest, ADeletedCacheIsNobodysAnyMore) {
  ASSERT_TRUE(services.caches.remove(services.actor, id).has_value());
  EXPECT_EQ(ask(Method::get, "/info").status, 401);
  EXPECT_EQ(ask(Method::post, "/flush").status, 401);
}

}  // namespace
}  // namespace cachery::api
