// What operators do about everybody's accounts: accounts_operator.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/people_fixture.h"

namespace cachery::api {
namespace {

using http::Method;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

struct OperatorApiTest : testing::Test {
  OperatorApiTest() {
    EXPECT_EQ(api.ask_as("operator", Method::patch, path(olga), R"({"operator":true})").status,
              200);
  }
  static std::string path(const Browser& browser) {
    return "/accounts/" + std::to_string(browser.account);
  }

  PeopleApi api;
  Browser olga{api, "olga@example.org"};  // an operator
  Browser ann{api, "ann@example.org"};
};

TEST_F(OperatorApiTest, AccountsAreListedInPagesAndFound) {
  Browser bob(api, "bob@example.org");
  const auto first = olga.ask_json(Method::get, "/accounts?limit=2");
  ASSERT_THAT(first.at("accounts").as_array(), SizeIs(2));
  EXPECT_TRUE(first.at("has_more").as_bool());
  EXPECT_TRUE(first.at("accounts").at(0).at("operator").as_bool());
  const auto rest =
      olga.ask_json(Method::get, "/accounts?limit=2&after=" + std::to_string(ann.account));
  ASSERT_THAT(rest.at("accounts").as_array(), SizeIs(1));
  EXPECT_FALSE(rest.at("has_more").as_bool());
  EXPECT_EQ(rest.at("accounts").at(0).at("email").as_string(), "bob@example.org");
  const auto found = olga.ask_json(Method::get, "/accounts?search=BOB");
  ASSERT_THAT(found.at("accounts").as_array(), SizeIs(1));
  EXPECT_THAT(olga.ask_json(Method::get, "/accounts?search=%25").at("accounts").as_array(),
              SizeIs(0));
  for (const char* query : {"?limit=0", "?limit=501", "?limit=x", "?after=-1", "?who=ann"}) {
    EXPECT_EQ(olga.status(Method::get, std::string("/accounts") + query), 400) << query;
  }
}

TEST_F(OperatorApiTest, AnAccountIsShownWithItsTeams) {
  const auto shown = olga.ask_json(Method::get, path(ann));
  EXPECT_EQ(shown.at("email").as_string(), "ann@example.org");
  EXPECT_EQ(shown.at("teams").at(0).at("id").to_number<uint64_t>(), ann.own_team());
  EXPECT_EQ(shown.at("teams").at(0).at("role").as_string(), "owner");
  EXPECT_EQ(olga.status(Method::get, "/accounts/999"), 404);
  EXPECT_EQ(olga.status(Method::get, "/accounts/ann"), 404);
}

TEST_F(OperatorApiTest, NobodyElseGetsThere) {
  const auto token = ann.ask_json(Method::post, "/account/tokens",
                                  R"({"name":"x","scopes":["write","credentials"]})");
  const std::string bearer(token.at("token").as_string());
  for (const http::Endpoint& one : operator_endpoints(api.people)) {
    std::string target = one.path.substr(kAdminBase.size());
    if (const size_t at = target.find("{"); at != std::string::npos) {
      target.replace(at, target.find('}') - at + 1, std::to_string(ann.account));
    }
    EXPECT_EQ(ann.status(one.method, target), 403) << target;
    EXPECT_EQ(api.ask_as(bearer, one.method, target).status, 403) << target;
  }
}

TEST_F(OperatorApiTest, AnOperatorIsMadeAndUnmadeButTheLast) {
  EXPECT_EQ(olga.status(Method::patch, path(olga), R"({"operator":false})"), 409);
  EXPECT_TRUE(
      olga.ask_json(Method::patch, path(ann), R"({"operator":true})").at("operator").as_bool());
  EXPECT_EQ(ann.status(Method::get, "/accounts"), 200);
  EXPECT_EQ(ann.status(Method::patch, path(olga), R"({"operator":false})"), 200);
  EXPECT_EQ(olga.status(Method::get, "/accounts"), 403);
  for (const char* body : {"{}", R"({"operator":"yes"})", R"({"operator":1})", R"({"admin":true})",
                           R"({"operator":true,"email":"x@example.org"})"}) {
    EXPECT_EQ(ann.status(Method::patch, path(olga), body), 400) << body;
  }
}

TEST_F(OperatorApiTest, ASuspendedAccountIsOutByEveryWayAndItsCachesGoOn) {
  const auto token = ann.ask_json(Method::post, "/account/tokens", R"({"name":"x"})");
  const std::string bearer(token.at("token").as_string());
  ASSERT_EQ(ann.status(Method::post, "/caches", R"({"name":"shop","plan":"dev"})"), 201);
  EXPECT_TRUE(olga.ask_json(Method::post, path(ann) + "/suspend").at("suspended").as_bool());
  EXPECT_EQ(ann.status(Method::get, "/account"), 401);
  EXPECT_EQ(api.ask_as(bearer, Method::get, "/account").status, 401);
  EXPECT_EQ(ann.sign_in("ann@example.org").status, 403);
  EXPECT_TRUE(api.node.snapshot().caches.at(0).is_enabled);
  EXPECT_EQ(olga.status(Method::post, path(ann) + "/reset_link"), 409);
  EXPECT_EQ(olga.status(Method::post, path(ann) + "/support"), 409);
  EXPECT_FALSE(olga.ask_json(Method::post, path(ann) + "/unsuspend").at("suspended").as_bool());
  EXPECT_EQ(ann.sign_in("ann@example.org").status, 200);
  EXPECT_EQ(api.ask_as(bearer, Method::get, "/account").status, 200);
  EXPECT_EQ(olga.status(Method::post, path(olga) + "/suspend"), 409);
  EXPECT_EQ(api.ask_as("operator", Method::post, path(olga) + "/suspend").status, 409);
  EXPECT_EQ(olga.status(Method::post, path(ann) + "/suspend", R"({"disable_caches":1})"), 400);
  EXPECT_EQ(olga.status(Method::post, "/accounts/999/suspend"), 404);
}

TEST_F(OperatorApiTest, ASuspensionCanTakeItsCachesAlongAndGivesThemBack) {
  ASSERT_EQ(ann.status(Method::post, "/caches", R"({"name":"shop","plan":"dev"})"), 201);
  ASSERT_EQ(olga.status(Method::post, "/caches", R"({"name":"other","plan":"dev"})"), 201);
  ASSERT_EQ(olga.status(Method::post, path(ann) + "/suspend", R"({"disable_caches":true})"), 200);
  ASSERT_EQ(api.node.snapshot().caches.size(), 2u);
  EXPECT_FALSE(api.node.snapshot().caches[0].is_enabled);
  EXPECT_TRUE(api.node.snapshot().caches[1].is_enabled);
  ASSERT_EQ(olga.status(Method::post, path(ann) + "/unsuspend"), 200);
  EXPECT_TRUE(api.node.snapshot().caches[0].is_enabled);
}

TEST_F(OperatorApiTest, SupportActsAsAPersonForAnHourAndTheAuditNamesBoth) {
  EXPECT_EQ(api.ask_as("operator", Method::post, path(ann) + "/support").status, 403);
  EXPECT_EQ(olga.status(Method::post, path(olga) + "/support"), 409);
  Browser support(api);
  ASSERT_EQ(support.keep(olga.ask(Method::post, path(ann) + "/support")).status, 200);
  const auto session = support.ask_json(Method::get, "/session");
  EXPECT_EQ(session.at("account").at("email").as_string(), "ann@example.org");
  EXPECT_EQ(session.at("support").at("email").as_string(), "olga@example.org");
  EXPECT_EQ(support.status(Method::get, "/accounts"), 403) << "no more than Ann herself";
  ASSERT_EQ(support.status(Method::post, "/caches", R"({"name":"shop","plan":"dev"})"), 201);
  const auto rows = olga.ask_json(Method::get, "/audit?action=cache.create").at("rows");
  const auto& actor = rows.at(0).at("actor");
  EXPECT_EQ(actor.at("kind").as_string(), "support");
  EXPECT_EQ(actor.at("id").to_number<uint64_t>(), ann.account);
  EXPECT_EQ(actor.at("operator_id").to_number<uint64_t>(), olga.account);
  EXPECT_THAT(api.audited_actions(), Contains("account.support"));
  const auto sessions = ann.ask_json(Method::get, "/account/sessions").at("sessions");
  EXPECT_TRUE(sessions.at(1).at("support").as_bool()) << "she sees that it was there";
  api.clock.advance_seconds(control::kSupportSessionSeconds);
  EXPECT_EQ(support.status(Method::get, "/session"), 401);
}

TEST_F(OperatorApiTest, SupportChangesNothingAboutHowThePersonProvesWhoSheIs) {
  Browser support(api);
  ASSERT_EQ(support.keep(olga.ask(Method::post, path(ann) + "/support")).status, 200);
  for (const auto& [method, target, body] :
       std::initializer_list<std::tuple<Method, const char*, const char*>>{
           {Method::post, "/account/tokens", R"({"name":"x"})"},
           {Method::remove, "/account/sessions", ""},
           {Method::post, "/account/second_factor", ""},
           {Method::post, "/password", R"({"current":"x","new":"a password of hers"})"},
           {Method::post, "/invitations/accept", R"({"secret":"x"})"}}) {
    EXPECT_EQ(support.status(method, target, body), 403) << target;
  }
}

TEST_F(OperatorApiTest, ALostSecondFactorAndAForgottenPasswordAreHelpedWithoutMail) {
  const auto begun = ann.ask_json(Method::post, "/account/second_factor");
  const std::string code = api.code_of(std::string(begun.at("key").as_string()));
  ASSERT_EQ(
      ann.status(Method::post, "/account/second_factor/confirm", R"({"code":")" + code + "\"}"),
      200);
  EXPECT_EQ(olga.status(Method::post, path(ann) + "/second_factor/remove"), 204);
  EXPECT_EQ(olga.status(Method::post, path(ann) + "/second_factor/remove"), 409);
  EXPECT_EQ(olga.status(Method::post, "/accounts/999/second_factor/remove"), 404);
  const auto made = olga.ask(Method::post, path(ann) + "/reset_link");
  ASSERT_EQ(made.status, 201);
  const auto link = http::json::parse(made.body);
  EXPECT_EQ(link.at("expires_in_seconds").to_number<int64_t>(), control::kResetSeconds);
  const std::string address(link.at("link").as_string());
  EXPECT_THAT(address, HasSubstr("https://cache.example.org/reset#"));
  const std::string body = R"({"secret":")" + address.substr(address.find('#') + 1) +
                           R"(","password":"a password of hers"})";
  EXPECT_EQ(api.ask(Method::post, "/password/reset/confirm", body).status, 204);
  EXPECT_EQ(ann.sign_in("ann@example.org", "a password of hers").status, 200);
  EXPECT_THAT(api.audited_actions(), Contains("account.make_reset_link"));
  EXPECT_EQ(olga.status(Method::post, "/accounts/999/reset_link"), 404);
}

TEST_F(OperatorApiTest, MailsAreShownWithoutTheirTextsAndTriedAgain) {
  api.mail_server.failure = Error{Fault::invalid, "no such mailbox"};
  ASSERT_EQ(api.ask(Method::post, "/password/reset", R"({"email":"ann@example.org"})").status, 202);
  ASSERT_TRUE(api.accounts.password.answer_reset_requests(api.clock.now()).has_value());
  ASSERT_TRUE(api.mails.deliver_due(api.clock.now()).has_value());
  const auto listed = olga.ask(Method::get, "/mails?limit=1");
  EXPECT_THAT(listed.body, Not(HasSubstr("#")));
  const auto mail = http::json::parse(listed.body).at("mails").at(0);
  EXPECT_EQ(mail.at("recipient").as_string(), "ann@example.org");
  EXPECT_EQ(mail.at("state").as_string(), "failed");
  EXPECT_EQ(mail.at("last_failure").as_string(), "no such mailbox");
  api.mail_server.failure.reset();
  const std::string path = "/mails/" + std::to_string(mail.at("id").to_number<uint64_t>());
  EXPECT_EQ(olga.ask_json(Method::post, path + "/retry").at("state").as_string(), "waiting");
  EXPECT_FALSE(api.mailed_secret("ann@example.org").empty());
  EXPECT_EQ(olga.status(Method::post, path + "/retry"), 409) << "it was sent";
  EXPECT_EQ(olga.status(Method::post, "/mails/999/retry"), 404);
  for (const char* query : {"?limit=0", "?limit=501", "?before=x"}) {
    EXPECT_EQ(olga.status(Method::get, std::string("/mails") + query), 400) << query;
  }
}

}  // namespace
}  // namespace cachery::api
