#include "api/teams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/people_fixture.h"

namespace cachery::api {
namespace {

using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct TeamApiTest : testing::Test {
  // Bob in Ann's team.
  void join(Browser& browser, const std::string& email, const std::string& role) {
    const std::string body = R"({"email":")" + email + R"(","role":")" + role + "\"}";
    ASSERT_EQ(ann.status(Method::post, team + "/invitations", body), 201);
    const std::string secret = R"({"secret":")" + api.mailed_secret(email) + "\"}";
    ASSERT_EQ(browser.status(Method::post, "/invitations/accept", secret), 200);
  }
  std::string member(const Browser& browser) {
    return team + "/members/" + std::to_string(browser.account);
  }

  PeopleApi api;
  Browser ann{api, "ann@example.org"};
  Browser bob{api, "bob@example.org"};
  const std::string team = "/teams/" + std::to_string(ann.own_team());
};

TEST_F(TeamApiTest, EveryAccountHasATeamOfItsOwnAndMakesMore) {
  const auto made = ann.ask_json(Method::post, "/teams", R"({"name":"shop"})");
  EXPECT_EQ(made.at("name").as_string(), "shop");
  EXPECT_EQ(made.at("role").as_string(), "owner");
  EXPECT_FALSE(made.at("suspended").as_bool());
  EXPECT_THAT(ann.ask_json(Method::get, "/teams").at("teams").as_array(), SizeIs(2));
  EXPECT_THAT(bob.ask_json(Method::get, "/teams").at("teams").as_array(), SizeIs(1));
  EXPECT_EQ(ann.ask_json(Method::patch, team, R"({"name":"home"})").at("name").as_string(), "home");
  EXPECT_EQ(ann.ask_json(Method::get, team).at("name").as_string(), "home");
  for (const char* body : {R"({"name":""})", R"({"name":" x"})", R"({"name":1})", "{}", "[]",
                           R"({"name":"x","owner":1})", "{"}) {
    EXPECT_EQ(ann.status(Method::post, "/teams", body), 400) << body;
    EXPECT_EQ(ann.status(Method::patch, team, body), 400) << body;
  }
}

TEST(TeamQuotas, AMemberSeesThemAndAnOperatorSetsThem) {
  PeopleApi api{control::SignUpRule::open, {.of_account = {50, 10, 0, 0}}};
  Browser ann{api, "ann@example.org"};
  Browser bob{api, "bob@example.org"};
  const std::string quotas = "/teams/" + std::to_string(ann.own_team()) + "/quotas";
  ASSERT_EQ(ann.status(Method::post, "/caches", R"({"name":"a","plan":"dev"})"), 201);
  const auto refused = ann.ask(Method::post, "/caches", R"({"name":"b","plan":"100"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(message_of(refused), HasSubstr("this team may have 50 MiB of caches"));
  const std::string for_ann =
      R"({"name":"c","plan":"500","team":)" + std::to_string(ann.own_team()) + "}";
  const auto given = api.ask_operator(Method::post, "/caches", for_ann);
  EXPECT_EQ(given.at("plan").as_string(), "500") << "operators give it more";
  EXPECT_EQ(api.ask_as("operator", Method::remove, "/caches/c?purge=true").status, 204);
  const auto memory = ann.ask_json(Method::get, quotas).at("quotas").at(0);
  EXPECT_EQ(memory.at("name").as_string(), "memory_mib");
  EXPECT_EQ(memory.at("used").to_number<int>(), 25);
  EXPECT_EQ(memory.at("max").to_number<int>(), 50);
  EXPECT_EQ(bob.status(Method::get, quotas), 404) << "not bob's team";
  EXPECT_EQ(ann.status(Method::put, quotas + "/memory_mib", R"({"max":1000})"), 403);
  EXPECT_EQ(ann.status(Method::remove, quotas + "/memory_mib"), 403);
  const auto raised = api.ask_operator(Method::put, quotas + "/memory_mib", R"({"max":200})");
  EXPECT_TRUE(raised.at("quotas").at(0).at("own").as_bool());
  EXPECT_EQ(api.audited_actions().front(), "team.set_quota");
  EXPECT_EQ(ann.status(Method::post, "/caches", R"({"name":"b","plan":"100"})"), 201);
  EXPECT_EQ(api.ask_as("operator", Method::put, quotas + "/shoes", R"({"max":2})").status, 404);
  EXPECT_EQ(api.ask_as("operator", Method::put, quotas + "/caches", "{}").status, 400);
  EXPECT_EQ(api.ask_as("operator", Method::remove, quotas + "/memory_mib").status, 200);
}

TEST_F(TeamApiTest, AnAddressIsInvitedAFewTimesADayAndInNoWordsThatLeadElsewhere) {
  for (const char* name : {"Pay: https://evil.example/now", "x://y"}) {
    const std::string body = std::string(R"({"name":")") + name + "\"}";
    EXPECT_EQ(ann.status(Method::patch, team, body), 400) << name;
    EXPECT_EQ(ann.status(Method::post, "/teams", body), 400) << name;
  }
  ASSERT_EQ(ann.status(Method::patch, team, R"({"name":"Overdue: evil.example/pay"})"), 200);
  int invited = 0;
  http::Response last;
  for (int i = 0; i < 20; ++i) {
    last = ann.ask(Method::post, team + "/invitations",
                   R"({"email":"victim@example.org","role":"member"})");
    invited += last.status == 201;
  }
  EXPECT_EQ(invited, 3);
  EXPECT_EQ(last.status, 429);
  EXPECT_NE(last.header("Retry-After"), "");
  api.mailed_secret("victim@example.org");
  EXPECT_THAT(api.mail_server.mails.back().text, testing::Not(HasSubstr("evil.example")));
}

TEST_F(TeamApiTest, ACacheTellsTheNameOfItsTeam) {
  const auto names = [&](const http::json::value& listed) {
    std::vector<std::string> found;
    for (const auto& cache : listed.at("caches").as_array()) {
      const http::json::value& name = cache.at("team_name");
      found.emplace_back(name.is_null() ? "null" : std::string(name.as_string()));
    }
    return found;
  };
  ASSERT_EQ(ann.status(Method::patch, team, R"({"name":"home"})"), 200);
  ASSERT_EQ(ann.status(Method::post, "/caches", R"({"name":"a","plan":"dev"})"), 201);
  ASSERT_EQ(bob.status(Method::post, "/caches", R"({"name":"b","plan":"dev"})"), 201);
  const auto of_nobody = api.ask_operator(Method::post, "/caches", R"({"name":"c","plan":"dev"})");
  EXPECT_TRUE(of_nobody.at("team_name").is_null());
  EXPECT_EQ(ann.ask_json(Method::get, "/caches/a").at("team_name").as_string(), "home");
  EXPECT_THAT(names(ann.ask_json(Method::get, "/caches")), ElementsAre("home"));
  const std::string of_bob(bob.ask_json(Method::get, "/caches/b").at("team_name").as_string());
  EXPECT_THAT(names(api.ask_operator(Method::get, "/caches")), ElementsAre("home", of_bob, "null"));
}

TEST_F(TeamApiTest, ATeamThatOneIsNotInIsNotThere) {
  for (const auto& [method, path, body] :
       std::initializer_list<std::tuple<Method, std::string, const char*>>{
           {Method::get, team, ""},
           {Method::patch, team, R"({"name":"x"})"},
           {Method::get, team + "/members", ""},
           {Method::patch, member(ann), R"({"role":"member"})"},
           {Method::remove, member(ann), ""},
           {Method::get, team + "/invitations", ""},
           {Method::post, team + "/invitations", R"({"email":"c@example.org","role":"owner"})"},
           {Method::remove, team + "/invitations/1", ""}}) {
    EXPECT_EQ(bob.status(method, path, body), 404) << path;
  }
  EXPECT_EQ(bob.status(Method::get, "/teams/999"), 404);
  EXPECT_EQ(bob.status(Method::get, "/teams/shop"), 404);
  EXPECT_EQ(bob.status(Method::get, "/teams/99999999999999999999"), 404);
}

TEST_F(TeamApiTest, AnInvitationIsMailedListedAndGoodOnceForItsAddress) {
  Browser eve(api, "eve@example.org");
  const auto made = ann.ask_json(Method::post, team + "/invitations",
                                 R"({"email":"Bob@example.org","role":"member"})");
  EXPECT_TRUE(made.at("link").is_null()) << "the mail brings it";
  EXPECT_EQ(made.at("expires_at").as_string(), "2023-11-21T22:13:20Z");
  const auto listed = ann.ask_json(Method::get, team + "/invitations").at("invitations");
  ASSERT_THAT(listed.as_array(), SizeIs(1));
  EXPECT_EQ(listed.at(0).at("email").as_string(), "Bob@example.org");
  EXPECT_EQ(listed.at(0).at("role").as_string(), "member");
  const std::string secret = R"({"secret":")" + api.mailed_secret("Bob@example.org") + "\"}";
  EXPECT_EQ(eve.status(Method::post, "/invitations/accept", secret), 403);
  const auto joined = bob.ask_json(Method::post, "/invitations/accept", secret);
  EXPECT_EQ(joined.at("id").to_number<uint64_t>(), ann.own_team());
  EXPECT_EQ(joined.at("role").as_string(), "member");
  EXPECT_EQ(bob.status(Method::post, "/invitations/accept", secret), 404);
  EXPECT_THAT(ann.ask_json(Method::get, team + "/members").at("members").as_array(), SizeIs(2));
  EXPECT_EQ(ann.status(Method::post, team + "/invitations",
                       R"({"email":"bob@example.org","role":"owner"})"),
            409);
}

TEST_F(TeamApiTest, AnInvitationEndsWhenItIsWithdrawnOrAWeekOld) {
  const std::string invite = R"({"email":"bob@example.org","role":"member"})";
  const auto made = ann.ask_json(Method::post, team + "/invitations", invite);
  const std::string one =
      team + "/invitations/" + std::to_string(made.at("id").to_number<uint64_t>());
  std::string secret = R"({"secret":")" + api.mailed_secret("bob@example.org") + "\"}";
  EXPECT_EQ(ann.status(Method::remove, one), 204);
  EXPECT_EQ(ann.status(Method::remove, one), 404);
  EXPECT_EQ(bob.status(Method::post, "/invitations/accept", secret), 404);
  ASSERT_EQ(ann.status(Method::post, team + "/invitations", invite), 201);
  secret = R"({"secret":")" + api.mailed_secret("bob@example.org") + "\"}";
  api.clock.advance_seconds(control::kInvitationSeconds);
  ASSERT_EQ(bob.status(Method::post, "/invitations/accept", secret), 404);
}

TEST_F(TeamApiTest, WhatIsNoInvitationIsRefused) {
  for (const char* body :
       {"{}", R"({"email":"c@example.org"})", R"({"role":"member"})",
        R"({"email":"c@example.org","role":"admin"})", R"({"email":"nobody","role":"member"})",
        R"({"email":["c@example.org"],"role":"member"})",
        R"({"email":"c@example.org","role":"member","team":1})"}) {
    EXPECT_EQ(ann.status(Method::post, team + "/invitations", body), 400) << body;
  }
  EXPECT_THAT(ann.ask_json(Method::get, team + "/invitations").at("invitations").as_array(),
              SizeIs(0));
}

TEST_F(TeamApiTest, MembersSeeTheTeamAndOwnersDecideAboutIt) {
  join(bob, "bob@example.org", "member");
  EXPECT_EQ(bob.status(Method::get, team), 200);
  EXPECT_EQ(bob.status(Method::get, team + "/members"), 200);
  EXPECT_EQ(bob.status(Method::patch, team, R"({"name":"x"})"), 403);
  EXPECT_EQ(bob.status(Method::get, team + "/invitations"), 403);
  EXPECT_EQ(bob.status(Method::post, team + "/invitations",
                       R"({"email":"c@example.org","role":"member"})"),
            403);
  EXPECT_EQ(bob.status(Method::patch, member(bob), R"({"role":"owner"})"), 403);
  EXPECT_EQ(bob.status(Method::remove, member(ann)), 403);
  EXPECT_EQ(ann.ask_json(Method::patch, member(bob), R"({"role":"owner"})").at("role").as_string(),
            "owner");
  EXPECT_EQ(bob.status(Method::patch, team, R"({"name":"x"})"), 200);
}

TEST_F(TeamApiTest, ALastOwnerNeitherLeavesNorIsMadeLess) {
  join(bob, "bob@example.org", "member");
  EXPECT_EQ(ann.status(Method::remove, member(ann)), 409);
  EXPECT_EQ(ann.status(Method::patch, member(ann), R"({"role":"member"})"), 409);
  EXPECT_EQ(bob.status(Method::remove, member(bob)), 204) << "anybody may leave";
  EXPECT_EQ(bob.status(Method::get, team), 404);
  EXPECT_EQ(ann.status(Method::remove, member(bob)), 404);
  EXPECT_EQ(ann.status(Method::patch, member(ann), R"({"role":"king"})"), 400);
}

TEST_F(TeamApiTest, RolesAreInForceOnTheCachesOfTheTeamAtOnce) {
  join(bob, "bob@example.org", "read_only");
  const std::string id = team.substr(team.rfind('/') + 1);
  const std::string cache = R"({"name":"shop","plan":"dev","team":)" + id + "}";
  EXPECT_EQ(bob.status(Method::post, "/caches", cache), 403);
  ASSERT_EQ(ann.status(Method::post, "/caches", cache), 201);
  EXPECT_EQ(bob.status(Method::get, "/caches/shop"), 200);
  EXPECT_EQ(bob.status(Method::post, "/caches/shop/flush"), 403);
  EXPECT_EQ(bob.status(Method::remove, "/caches/shop"), 403);
  ASSERT_EQ(ann.status(Method::patch, member(bob), R"({"role":"member"})"), 200);
  EXPECT_EQ(bob.status(Method::post, "/caches/shop/flush"), 204);
  ASSERT_EQ(ann.status(Method::remove, member(bob)), 204);
  EXPECT_EQ(bob.status(Method::get, "/caches/shop"), 404);
  EXPECT_EQ(bob.status(Method::post, "/caches/shop/flush"), 404);
  const auto refused = bob.ask(Method::post, "/caches", cache);
  EXPECT_EQ(refused.status, 404) << refused.body;
}

TEST_F(TeamApiTest, AReadOnlyMemberSeesNoPasswordAnywhere) {
  join(bob, "bob@example.org", "read_only");
  const std::string id = team.substr(team.rfind('/') + 1);
  ASSERT_EQ(
      ann.status(Method::post, "/caches", R"({"name":"shop","plan":"dev","team":)" + id + "}"),
      201);
  const auto full = ann.ask_json(Method::get, "/caches/shop/credentials");
  const std::string password(full.at("credentials").at(0).at("password").as_string());
  ASSERT_FALSE(password.empty());
  for (const char* path : {"/caches/shop", "/caches/shop/credentials", "/caches"}) {
    EXPECT_EQ(bob.ask(Method::get, path).body.find(password), std::string::npos) << path;
  }
}

TEST_F(TeamApiTest, OperatorsSeeAndChangeEveryTeamButHaveNoneByTheToken) {
  EXPECT_EQ(api.ask_as("operator", Method::get, team).status, 200);
  EXPECT_EQ(api.ask_as("operator", Method::patch, team, R"({"name":"x"})").status, 200);
  EXPECT_THAT(api.ask_operator(Method::get, "/teams").at("teams").as_array(), SizeIs(2));
  EXPECT_EQ(api.ask_as("operator", Method::post, "/teams", R"({"name":"x"})").status, 403);
  EXPECT_EQ(api.ask_as("operator", Method::post, "/invitations/accept", R"({"secret":"x"})").status,
            403);
}

}  // namespace
}  // namespace cachery::api
