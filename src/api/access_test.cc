// Who may do what, over every endpoint of the admin API: docs/control-plane.md's table as tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/api_fixture.h"
#include "http/status.h"

namespace cachery::api {
namespace {

using control::Role;
using http::Method;
using testing::HasSubstr;
using testing::Not;

struct AccessTest : testing::Test {
  AccessTest() {
    api.add_person("owner", {{5, Role::owner}});
    api.add_person("member", {{5, Role::member}});
    api.add_person("reader", {{5, Role::read_only}});
    api.add_person("stranger", {{6, Role::owner}});
    api.add_person("nobody", {});
    api.add_person("reading token", {{5, Role::owner}}, Scope::read_only);
  }
  int status(const std::string& who, Method method, const std::string& target,
             const std::string& body = "") {
    return api.ask(method, target, body, who).status;
  }

  ApiFixture api;
  control::ServicesFixture& services = api.services;
  control::CacheDetails made =
      services.caches.create(services.actor, {"shop", {.plan = "dev"}, 5}).value();
  std::string credential = std::to_string(made.primary().record.id);
};

// Every path with {cache}, as it is.
struct CacheCall {
  Method method;
  std::string path;
  Right right;
};

std::vector<CacheCall> cache_calls(const std::string& credential) {
  const std::string base = "/caches/100001";
  return {{Method::get, base, Right::see},
          {Method::get, base + "/stats", Right::see},
          {Method::get, base + "/credentials", Right::see},
          {Method::get, "/audit?cache=100001", Right::see},
          {Method::patch, base, Right::change},
          {Method::post, base + "/flush", Right::change},
          {Method::post, base + "/stats/reset", Right::change},
          {Method::post, base + "/rotate_sso", Right::change_passwords},
          {Method::post, base + "/credentials", Right::change_passwords},
          {Method::patch, base + "/credentials/" + credential, Right::change_passwords},
          {Method::post, base + "/credentials/" + credential + "/promote", Right::change_passwords},
          {Method::remove, base, Right::manage},
          {Method::post, base + "/restore", Right::manage}};
}

TEST_F(AccessTest, WhoMayNotSeeACacheIsToldThatThereIsNone) {
  for (const CacheCall& call : cache_calls(credential)) {
    for (const char* who : {"stranger", "nobody"}) {
      const auto response = api.ask(call.method, call.path, "", who);
      EXPECT_EQ(response.status, 404) << who << " " << call.path;
      EXPECT_THAT(response.body, Not(HasSubstr("shop"))) << call.path;
    }
  }
  EXPECT_EQ(status("stranger", Method::get, "/caches/shop"), 404);
  EXPECT_EQ(status("stranger", Method::get, "/caches?team=5"), 404);
  EXPECT_EQ(status("stranger", Method::get, "/audit?team=5"), 404);
}

TEST_F(AccessTest, AReaderSeesAndChangesNothing) {
  for (const CacheCall& call : cache_calls(credential)) {
    if (call.path.ends_with("/restore")) continue;  // it is not deleted: 404 for all
    const int expected = call.right == Right::see ? 200 : 403;
    EXPECT_EQ(status("reader", call.method, call.path), expected) << call.path;
    EXPECT_EQ(status("reading token", call.method, call.path), expected) << call.path;
  }
  EXPECT_TRUE(services.node.flushed().empty());
}

TEST_F(AccessTest, AReaderIsShownNoSecretAndAMemberIs) {
  for (const char* path : {"/caches", "/caches/shop", "/caches/shop/credentials"}) {
    const std::string seen = api.ask(Method::get, path, "", "reader").body;
    EXPECT_THAT(seen, Not(HasSubstr(made.primary().password))) << path;
    EXPECT_THAT(seen, Not(HasSubstr(made.link_secret))) << path;
    EXPECT_THAT(api.ask(Method::get, path, "", "member").body, HasSubstr(made.primary().password));
  }
}

TEST_F(AccessTest, MembersAndOwnersDoAllToTheirCaches) {
  for (const char* who : {"member", "owner", "operator"}) {
    for (const CacheCall& call : cache_calls(credential)) {
      const int got = status(who, call.method, call.path);
      EXPECT_TRUE(got == 200 || got == 201 || got == 204) << who << " " << call.path << " " << got;
    }
  }
}

TEST_F(AccessTest, ACacheIsMadeForATeamOfOnesOwn) {
  const std::string body = R"({"name":"two","plan":"dev"})";
  const auto made_by_member = api.ask(Method::post, "/caches", body, "member");
  ASSERT_EQ(made_by_member.status, 201);
  EXPECT_EQ(http::json::parse(made_by_member.body).at("team"), 5);
  EXPECT_EQ(status("reader", Method::post, "/caches", body), 403);
  EXPECT_EQ(status("nobody", Method::post, "/caches", body), 400);
  EXPECT_EQ(status("stranger", Method::post, "/caches", R"({"name":"x","plan":"dev","team":5})"),
            404);
  EXPECT_EQ(status("member", Method::post, "/caches", R"({"name":"x","size_mib":5})"), 403);
  EXPECT_EQ(status("member", Method::post, "/caches", R"({"name":"x","plan":"dev","team":0})"),
            404);
  EXPECT_EQ(status("member", Method::patch, "/caches/shop", R"({"size_mib":5})"), 403);
}

TEST_F(AccessTest, ACacheMovesOnlyBetweenTeamsOfOnesOwn) {
  EXPECT_EQ(status("owner", Method::patch, "/caches/shop", R"({"team":6})"), 404);
  EXPECT_EQ(status("owner", Method::patch, "/caches/shop", R"({"team":0})"), 404);
  EXPECT_EQ(status("operator", Method::patch, "/caches/shop", R"({"team":6})"), 200);
  EXPECT_EQ(status("owner", Method::get, "/caches/shop"), 404);
  EXPECT_EQ(status("stranger", Method::get, "/caches/shop"), 200);
}

TEST_F(AccessTest, OnlyAnOwnerOfBothTeamsMovesACache) {
  api.add_person("member of both", {{5, Role::member}, {6, Role::owner}});
  api.add_person("guest of the other", {{5, Role::owner}, {6, Role::member}});
  api.add_person("owner of both", {{5, Role::owner}, {6, Role::owner}});
  const auto move = [&](const std::string& who, const char* body) {
    return status(who, Method::patch, "/caches/shop", body);
  };
  EXPECT_EQ(move("member of both", R"({"team":6})"), 403);
  EXPECT_EQ(move("guest of the other", R"({"team":6})"), 403);
  EXPECT_EQ(move("member of both", R"({"team":5})"), 200);  // where it is
  EXPECT_EQ(status("owner", Method::get, "/caches/shop"), 200);
  EXPECT_EQ(move("owner of both", R"({"team":6})"), 200);
}

TEST_F(AccessTest, WhatThePlanWithholdsIsForbiddenToTenantsAtThisDoorToo) {
  ASSERT_TRUE(services.plans.update(services.actor, "dev", {.update_capabilities = false}));
  const std::string path = "/caches/shop/credentials";
  const std::string own = path + "/" + credential;
  EXPECT_EQ(status("owner", Method::patch, own, R"({"flush":false})"), 403);
  EXPECT_EQ(status("owner", Method::patch, own, R"({"key_prefix":"a:","flush":true})"), 200);
  EXPECT_EQ(status("owner", Method::post, path, R"({"flush":false})"), 403);
  EXPECT_EQ(status("owner", Method::post, path), 201);
  EXPECT_EQ(status("operator", Method::patch, own, R"({"flush":false})"), 200);
  ASSERT_TRUE(services.plans.update(services.actor, "dev", {.manage_credentials = false}));
  EXPECT_EQ(status("owner", Method::post, path), 403);
  EXPECT_EQ(status("owner", Method::post, own + "/promote"), 403);
  EXPECT_EQ(status("owner", Method::remove, own), 403);
  EXPECT_EQ(status("operator", Method::post, path), 201);
}

TEST_F(AccessTest, OnlyTheOperatorChangesPlansAndClustersAndPurges) {
  for (const char* who : {"owner", "reader", "nobody"}) {
    EXPECT_EQ(status(who, Method::get, "/plans"), 200);
    EXPECT_EQ(status(who, Method::get, "/plans/dev"), 200);
    EXPECT_EQ(status(who, Method::get, "/clusters/main"), 200);
    EXPECT_EQ(status(who, Method::post, "/plans", R"({"slug":"x","size_mib":1})"), 403);
    EXPECT_EQ(status(who, Method::patch, "/plans/dev", R"({"size_mib":1})"), 403);
    EXPECT_EQ(status(who, Method::remove, "/plans/dev"), 403);
    EXPECT_EQ(status(who, Method::patch, "/clusters/main", R"({"name":"x"})"), 403);
    EXPECT_EQ(status(who, Method::get, "/audit"), 403);
  }
  EXPECT_EQ(status("owner", Method::remove, "/caches/shop?purge=true"), 403);
  EXPECT_EQ(status("operator", Method::remove, "/caches/shop?purge=true"), 204);
  EXPECT_TRUE(services.node.snapshot().caches.empty());
}

TEST_F(AccessTest, WhatTheOperatorDisabledItsOwnerCannotEnable) {
  EXPECT_EQ(status("operator", Method::patch, "/caches/shop", R"({"enabled":false})"), 200);
  EXPECT_EQ(status("owner", Method::patch, "/caches/shop", R"({"enabled":true})"), 403);
  EXPECT_EQ(api.ask_json(Method::get, "/caches/shop").at("disabled_by"), "operator");
  EXPECT_EQ(status("operator", Method::patch, "/caches/shop", R"({"enabled":true})"), 200);
}

TEST_F(AccessTest, ListsAreOfOnesOwnTeams) {
  services.make_cache("of the operator");
  const auto count = [&](const std::string& who, const std::string& target = "/caches") {
    return api.ask_json(Method::get, target, "", who).at("caches").as_array().size();
  };
  EXPECT_EQ(count("operator"), 2u);
  EXPECT_EQ(count("operator", "/caches?team=5"), 1u);
  EXPECT_EQ(count("reader"), 1u);
  EXPECT_EQ(count("stranger"), 0u);
  EXPECT_EQ(count("nobody"), 0u);
  EXPECT_EQ(status("owner", Method::remove, "/caches/shop"), 204);
  EXPECT_EQ(count("owner"), 0u);
  EXPECT_EQ(count("owner", "/caches?deleted=true"), 1u);
  EXPECT_EQ(status("reader", Method::post, "/caches/100001/restore"), 403);
  EXPECT_EQ(status("owner", Method::post, "/caches/100001/restore", R"({"name":"back"})"), 200);
  EXPECT_EQ(status("owner", Method::get, "/caches/back"), 200);
}

TEST_F(AccessTest, AChangeIsNotedWithWhoMadeItAndFromWhere) {
  ASSERT_EQ(status("member", Method::patch, "/caches/shop", R"({"name":"store"})"), 200);
  const auto rows = api.ask_json(Method::get, "/audit?cache=100001", "", "reader").at("rows");
  const auto& row = rows.at(0);
  EXPECT_EQ(row.at("action"), "cache.update");
  EXPECT_EQ(row.at("actor").at("kind"), "account");
  EXPECT_EQ(row.at("actor").at("name"), "member");
  EXPECT_EQ(row.at("before").at("name"), "shop");
  EXPECT_EQ(row.at("after").at("name"), "store");
  EXPECT_EQ(row.at("object").at("id"), "100001");
  EXPECT_EQ(row.at("team"), 5);
}

TEST_F(AccessTest, MeSaysWhoOneIs) {
  const auto me = api.ask_json(Method::get, "/me", "", "reading token");
  EXPECT_EQ(me.at("kind"), "account");
  EXPECT_EQ(me.at("read_only"), true);
  EXPECT_EQ(me.at("teams").at(0).at("role"), "owner");
  EXPECT_EQ(api.ask_json(Method::get, "/me").at("kind"), "operator");
}

TEST_F(AccessTest, TheCallerIsMeOrNobodyAndThatIsNoFailure) {
  for (const char* who : {"owner", "reading token", "operator"}) {
    EXPECT_EQ(api.ask_json(Method::get, "/caller", "", who).at("me"),
              api.ask_json(Method::get, "/me", "", who));
  }
  for (const http::NamedValues& proof :
       {http::NamedValues{}, {{"Authorization", "Bearer wrong"}}, {{"Cookie", "cachery_link=x"}}}) {
    const auto answer = api.ask_with(Method::get, "/api/admin/v1/caller", proof);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"me\":null}\n");
    EXPECT_EQ(api.ask_with(Method::get, "/api/admin/v1/me", proof).status, 401);
  }
}

TEST_F(AccessTest, AListIsReadInPagesThatMissNothingAndTellNothingTwice) {
  for (const char* name : {"a", "b", "c", "d"}) {
    ASSERT_EQ(status("owner", Method::post, "/caches",
                     R"({"plan":"dev","name":")" + std::string(name) + "\"}"),
              201);
  }
  ASSERT_EQ(status("owner", Method::remove, "/caches/b"), 204);
  services.make_cache("of the operator");
  const auto page = [&](const std::string& who, const std::string& query) {
    const auto answer = api.ask_json(Method::get, "/caches" + query, "", who);
    std::string names;
    for (const auto& cache : answer.at("caches").as_array()) {
      names += std::string(cache.at("name").as_string()) + ",";
    }
    return names + (answer.at("has_more").as_bool() ? "..." : "");
  };
  EXPECT_EQ(page("owner", ""), "shop,a,c,d,");
  EXPECT_EQ(page("owner", "?limit=1"), "shop,...");
  EXPECT_EQ(page("owner", "?limit=3"), "shop,a,c,...");
  EXPECT_EQ(page("owner", "?limit=4"), "shop,a,c,d,");
  EXPECT_EQ(page("owner", "?limit=2&after=100001"), "a,c,...");
  EXPECT_EQ(page("owner", "?limit=2&after=100004"), "d,");
  EXPECT_EQ(page("owner", "?after=100005"), "");
  EXPECT_EQ(page("owner", "?deleted=true&limit=1"), "b,");
  EXPECT_EQ(page("operator", "?limit=2&after=100004"), "d,of the operator,");
  EXPECT_EQ(page("operator", "?team=5&limit=2&after=100004"), "d,");
  EXPECT_EQ(page("stranger", "?limit=1"), "");
}

TEST_F(AccessTest, APageOfSeveralTeamsIsInTheOrderOfIds) {
  const auto make = [&](const char* name, control::TeamId team) {
    ASSERT_TRUE(services.caches.create(services.actor, {name, {.plan = "dev"}, team}).has_value());
  };
  make("a", 6);
  make("b", 0);
  make("c", 5);
  make("d", 6);
  api.add_person("both", {{6, Role::owner}, {5, Role::owner}});
  const auto first = api.ask_json(Method::get, "/caches?limit=3", "", "both");
  const auto& caches = first.at("caches").as_array();
  ASSERT_EQ(caches.size(), 3u);
  EXPECT_EQ(caches.at(0).at("id"), 100'001);
  EXPECT_EQ(caches.at(1).at("id"), 100'002);
  EXPECT_EQ(caches.at(2).at("id"), 100'004);
  EXPECT_EQ(first.at("has_more"), true);
}

TEST_F(AccessTest, AListWithoutPasswordsHasNoSecretAndMayBeCompressed) {
  for (const char* who : {"owner", "operator"}) {
    const auto full = api.ask(Method::get, "/caches", "", who);
    EXPECT_THAT(full.body, HasSubstr(made.primary().password));
    EXPECT_EQ(full.compressible, http::Compressible::no);
    const auto lean = api.ask(Method::get, "/caches?passwords=false", "", who);
    EXPECT_THAT(lean.body, Not(HasSubstr(made.primary().password)));
    EXPECT_THAT(lean.body, Not(HasSubstr(made.link_secret)));
    EXPECT_THAT(lean.body, HasSubstr(made.primary().record.username));
    EXPECT_EQ(lean.compressible, http::Compressible::yes);
  }
}

TEST_F(AccessTest, AFailureOfOursIsToldInItsOwnWordsToOperatorsAlone) {
  for (const Fault fault : {Fault::unavailable, Fault::internal}) {
    const auto handler = api.principals.guard([fault](const http::Request&, const Principal&) {
      return http::error_response(
          {fault, "the database does not answer: no such table: caches (1)"});
    });
    const auto ask_as = [&](const std::string& who) {
      return handler({.headers = {{"Authorization", "Bearer " + who}}});
    };
    EXPECT_THAT(ask_as("operator").body, HasSubstr("no such table"));
    testing::internal::CaptureStdout();  // where a log goes that nobody configured
    const auto told = ask_as("owner");
    EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("no such table"));
    EXPECT_EQ(told.status, http::status_of(fault));
    EXPECT_THAT(told.body, Not(HasSubstr("no such table")));
    EXPECT_EQ(told.header("Retry-After"), fault == Fault::unavailable ? "1" : "");
  }
}

TEST_F(AccessTest, AQueryThatIsNotKnownIsRefused) {
  for (const char* target : {"/caches?tema=5", "/caches?limit=0", "/caches?limit=1001",
                             "/caches?after=x", "/caches?passwords=no", "/audit?limit=0",
                             "/audit?limit=1001", "/audit?cache=x", "/caches/shop?x=1"}) {
    const auto method =
        std::string_view(target).starts_with("/caches/") ? Method::remove : Method::get;
    EXPECT_EQ(status("operator", method, target), 400) << target;
  }
}

}  // namespace
}  // namespace cachery::api
