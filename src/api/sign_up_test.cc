// Signing up, the first operator's link, and a new password by a link: /sign_up and /password/reset
// of sign_in.h.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/people_fixture.h"

namespace cachery::api {
namespace {

using control::SignUpRule;
using http::Method;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const std::string kPassword = control::AccountsFixture::kPassword;

std::string person(const std::string& email, const std::string& more = "") {
  return R"({"email":")" + email + R"(","password":")" + kPassword + "\"" + more + "}";
}

struct SignUpApiTest : testing::Test {
  std::string operator_secret() {
    const auto made = api.ask_operator(Method::post, "/operator_link");
    const std::string link(made.at("link").as_string());
    EXPECT_THAT(link, HasSubstr("https://cache.example.org/operator#"));
    return link.substr(link.find('#') + 1);
  }
  int confirm(const std::string& secret) {
    return api.ask(Method::post, "/sign_up/confirm", R"({"secret":")" + secret + "\"}").status;
  }

  PeopleApi api;
};

TEST_F(SignUpApiTest, ALinkInAMailConfirmsTheAddressOnceAndAnswersTheAccount) {
  const auto asked = api.ask(Method::post, "/sign_up", person("Ann@example.org"));
  EXPECT_EQ(asked.status, 202);
  EXPECT_EQ(http::json::parse(asked.body), http::json::parse(R"({"email":"Ann@example.org"})"));
  Browser browser(api);
  const auto early = browser.sign_in("ann@example.org");
  EXPECT_EQ(early.status, 403);
  EXPECT_THAT(message_of(early), HasSubstr("confirm your address first"));
  const std::string secret = api.mailed_secret("Ann@example.org");
  const auto confirmed =
      api.ask(Method::post, "/sign_up/confirm", R"({"secret":")" + secret + "\"}");
  ASSERT_EQ(confirmed.status, 200);
  const auto account = http::json::parse(confirmed.body);
  EXPECT_EQ(account.at("email").as_string(), "Ann@example.org");
  EXPECT_TRUE(account.at("confirmed").as_bool());
  EXPECT_FALSE(account.at("operator").as_bool());
  EXPECT_EQ(account.at("created_at").as_string(), "2023-11-14T22:13:20Z");
  EXPECT_TRUE(account.at("last_sign_in_at").is_null());
  EXPECT_THAT(confirmed.body, AllOf(Not(HasSubstr("hash")), Not(HasSubstr(kPassword))));
  EXPECT_EQ(confirm(secret), 404);
  EXPECT_EQ(browser.sign_in("ann@example.org").status, 200);
}

TEST_F(SignUpApiTest, TheAnswerIsTheSameForAnAddressThatHasAnAccount) {
  api.make_account("ann@example.org");
  const auto known = api.ask(Method::post, "/sign_up", person("ann@example.org"));
  const auto fresh = api.ask(Method::post, "/sign_up", person("bob@example.org"));
  EXPECT_EQ(known.status, fresh.status);
  EXPECT_EQ(known.body, "{\"email\":\"ann@example.org\"}\n");
  EXPECT_EQ(fresh.body, "{\"email\":\"bob@example.org\"}\n");
}

TEST_F(SignUpApiTest, WhetherOneMaySignUpIsTold) {
  EXPECT_EQ(api.ask_json(Method::get, "/sign_up"),
            http::json::parse(R"({"open":true,"confirms_by_mail":true})"));
  PeopleApi closed(SignUpRule::closed);
  EXPECT_EQ(closed.ask_json(Method::get, "/sign_up"),
            http::json::parse(R"({"open":false,"confirms_by_mail":true})"));
  EXPECT_EQ(closed.ask(Method::post, "/sign_up", person("ann@example.org")).status, 403);
}

TEST_F(SignUpApiTest, AnInvitationOpensAClosedSignUpToItsAddressAlone) {
  PeopleApi closed(SignUpRule::closed);
  const auto made = closed.ask_operator(Method::post, "/operator_link");
  const std::string link(made.at("link").as_string());
  const std::string as_operator = R"(,"secret":")" + link.substr(link.find('#') + 1) + "\"";
  ASSERT_EQ(
      closed.ask(Method::post, "/sign_up/operator", person("op@example.org", as_operator)).status,
      201);
  Browser op(closed);
  ASSERT_EQ(op.sign_in("op@example.org").status, 200);
  const std::string team = std::to_string(op.own_team());
  ASSERT_EQ(op.status(Method::post, "/teams/" + team + "/invitations",
                      R"({"email":"bob@example.org","role":"member"})"),
            201);
  const std::string invited = R"(,"invitation":")" + closed.mailed_secret("bob@example.org") + "\"";
  EXPECT_EQ(closed.ask(Method::post, "/sign_up", person("eve@example.org", invited)).status, 403);
  EXPECT_EQ(closed.ask(Method::post, "/sign_up", person("bob@example.org", invited)).status, 202);
  Browser bob(closed);
  EXPECT_EQ(bob.sign_in("bob@example.org").status, 200);
  EXPECT_EQ(bob.ask_json(Method::get, "/teams").at("teams").as_array().size(), 2u);
  EXPECT_EQ(closed.ask(Method::post, "/sign_up", person("cat@example.org", invited)).status, 404);
}

TEST_F(SignUpApiTest, WithoutAMailServerAnAccountIsGoodAtOnce) {
  control::Mails no_mails(*api.store, api.clock, api.sealer, api.people_audit, nullptr);
  control::AccountsServices accounts({*api.store, api.publisher, api.clock, api.sealer,
                                      api.people_audit, no_mails, api.hasher, api.links_to,
                                      api.quotas, SignUpRule::open});
  const http::Router router(sign_in_endpoints({accounts, api.principals}));
  const auto ask = [&](const char* path, Method method, const std::string& body) {
    return router.handle({.method = method,
                          .segments = http::parse_target(path)->segments,
                          .body = body,
                          .peer = "192.0.2.1"});
  };
  EXPECT_EQ(ask("/api/admin/v1/sign_up", Method::get, "").body,
            "{\"open\":true,\"confirms_by_mail\":false}\n");
  EXPECT_EQ(ask("/api/admin/v1/sign_up", Method::post, person("ann@example.org")).status, 202);
  EXPECT_EQ(ask("/api/admin/v1/sign_in", Method::post, person("ann@example.org")).status, 200);
}

TEST_F(SignUpApiTest, AnOperatorsLinkMakesAnOperatorOfANewAccountOrOfItsOwn) {
  const std::string body = R"(,"name":"Olga","secret":")" + operator_secret() + "\"";
  const auto made = api.ask(Method::post, "/sign_up/operator", person("op@example.org", body));
  ASSERT_EQ(made.status, 201);
  EXPECT_TRUE(http::json::parse(made.body).at("operator").as_bool());
  EXPECT_TRUE(http::json::parse(made.body).at("confirmed").as_bool());
  EXPECT_EQ(api.ask(Method::post, "/sign_up/operator", person("x@example.org", body)).status, 404);

  api.make_account("ann@example.org");
  const std::string again = R"(,"secret":")" + operator_secret() + "\"";
  const std::string wrong = R"({"email":"ann@example.org","password":"not her password")" + again;
  EXPECT_EQ(api.ask(Method::post, "/sign_up/operator", wrong + "}").status, 403);
  EXPECT_EQ(api.ask(Method::post, "/sign_up/operator", person("ann@example.org", again)).status,
            201);
  EXPECT_THAT(api.audited_actions(), Contains("account.become_operator").Times(2));
}

TEST_F(SignUpApiTest, AnOperatorsLinkIsGoodForADay) {
  const std::string body = R"(,"secret":")" + operator_secret() + "\"";
  api.clock.advance_seconds(control::kOperatorLinkSeconds);
  EXPECT_EQ(api.ask(Method::post, "/sign_up/operator", person("op@example.org", body)).status, 404);
}

TEST_F(SignUpApiTest, AResetLinkReplacesThePasswordOnceAndEndsEverySession) {
  Browser ann(api, "ann@example.org");
  const auto asked = api.ask(Method::post, "/password/reset", R"({"email":"ann@example.org"})");
  EXPECT_EQ(asked.status, 202);
  const std::string secret = api.mailed_secret("ann@example.org");
  const std::string body = R"({"secret":")" + secret + R"(","password":"a password of hers"})";
  const std::string weak = R"({"secret":")" + secret + R"(","password":"short"})";
  EXPECT_EQ(api.ask(Method::post, "/password/reset/confirm", weak).status, 400);
  EXPECT_EQ(api.ask(Method::post, "/password/reset/confirm", body).status, 204);
  EXPECT_EQ(api.ask(Method::post, "/password/reset/confirm", body).status, 404);
  EXPECT_EQ(ann.status(Method::get, "/session"), 401);
  EXPECT_EQ(ann.sign_in("ann@example.org").status, 401);
  EXPECT_EQ(ann.sign_in("ann@example.org", "a password of hers").status, 200);
}

TEST_F(SignUpApiTest, WhoHasAnAccountIsNotToldByAReset) {
  api.make_account("ann@example.org");
  for (const std::string email : {"ann@example.org", "nobody@example.org"}) {
    const auto asked = api.ask(Method::post, "/password/reset", R"({"email":")" + email + "\"}");
    EXPECT_EQ(asked.status, 202);
    EXPECT_EQ(asked.body, R"({"email":")" + email + "\"}\n");
  }
  ASSERT_TRUE(api.accounts.password.answer_reset_requests(api.clock.now()).has_value());
  ASSERT_TRUE(api.mails.deliver_due(api.clock.now()).has_value());
  for (const auto& mail : api.mail_server.mails) EXPECT_EQ(mail.recipient, "ann@example.org");
}

TEST_F(SignUpApiTest, AResetLinkIsGoodForAnHour) {
  api.make_account("ann@example.org");
  ASSERT_EQ(api.ask(Method::post, "/password/reset", R"({"email":"ann@example.org"})").status, 202);
  const std::string secret = api.mailed_secret("ann@example.org");
  api.clock.advance_seconds(control::kResetSeconds);
  const std::string body = R"({"secret":")" + secret + R"(","password":"a password of hers"})";
  EXPECT_EQ(api.ask(Method::post, "/password/reset/confirm", body).status, 404);
}

TEST_F(SignUpApiTest, TooManyAreToldWhenToComeAgain) {
  const auto sign_up = [&](int number) {
    return api.ask(Method::post, "/sign_up",
                   person("ann" + std::to_string(number) + "@example.org"));
  };
  for (int i = 0; i < 10; ++i) ASSERT_EQ(sign_up(i).status, 202);
  const auto refused = sign_up(10);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "30");
  api.clock.advance_seconds(30);
  EXPECT_EQ(sign_up(11).status, 202);
  api.peer = "192.0.2.2";
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(api.ask(Method::post, "/password/reset", R"({"email":"ann@example.org"})").status,
              202);
  }
  EXPECT_EQ(api.ask(Method::post, "/password/reset", R"({"email":"Ann@example.org"})").status, 429);
}

}  // namespace
}  // namespace cachery::api
