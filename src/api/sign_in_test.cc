#include "api/sign_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/people_fixture.h"

namespace cachery::api {
namespace {

using http::Method;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string kPassword = control::AccountsFixture::kPassword;

struct SignInApiTest : testing::Test {
  http::Response sign_in_from(const std::string& origin) {
    const std::string body = R"({"email":"ann@example.org","password":")" + kPassword + "\"}";
    return api.ask(Method::post, "/sign_in", body,
                   {{"Origin", origin}, {"Host", "127.0.0.1:8080"}});
  }

  PeopleApi api;
};

TEST_F(SignInApiTest, TheCookieIsForNoScriptAndNoOtherSite) {
  Browser ann(api, "ann@example.org");
  Browser again(api);
  const auto answer = again.sign_in("ann@example.org");
  EXPECT_THAT(
      std::string(answer.header("Set-Cookie")),
      AllOf(HasSubstr("cachery_session="), HasSubstr("; Path=/"), HasSubstr("; HttpOnly"),
            HasSubstr("; SameSite=Lax"), HasSubstr("; Secure"), HasSubstr("; Max-Age=7776000")));
  const std::string secret = again.cookie.substr(again.cookie.find('=') + 1);
  EXPECT_EQ(secret.size(), 64u);
  EXPECT_THAT(answer.body, Not(HasSubstr(secret)));
  EXPECT_EQ(http::json::parse(answer.body).at("account").at("email").as_string(),
            "ann@example.org");
}

TEST_F(SignInApiTest, TheSessionTellsWhoIsSignedInAndTheTokenForChanges) {
  Browser ann(api, "ann@example.org");
  const auto session = ann.ask_json(Method::get, "/session");
  EXPECT_EQ(session.at("account").at("id").to_number<uint64_t>(), ann.account);
  EXPECT_EQ(session.at("csrf_token").as_string(), ann.csrf);
  EXPECT_TRUE(session.at("support").is_null());
  EXPECT_EQ(session.at("session").at("address").as_string(), "192.0.2.1");
  EXPECT_EQ(session.at("teams").at(0).at("team").to_number<uint64_t>(), ann.own_team());
  EXPECT_EQ(session.at("teams").at(0).at("role").as_string(), "owner");
  EXPECT_EQ(ann.ask_json(Method::get, "/me").at("csrf_token").as_string(), ann.csrf);
}

TEST_F(SignInApiTest, AChangeByCookieNeedsTheCsrfTokenOfItsSession) {
  Browser ann(api, "ann@example.org");
  Browser bob(api, "bob@example.org");
  const std::string own = std::exchange(ann.csrf, "");
  EXPECT_EQ(ann.status(Method::post, "/teams", R"({"name":"x"})"), 403);
  EXPECT_THAT(message_of(ann.ask(Method::post, "/sign_out")), HasSubstr("X-CSRF-Token"));
  for (const std::string& wrong : {std::string("x"), std::string(64, '0'), bob.csrf}) {
    ann.csrf = wrong;
    EXPECT_EQ(ann.status(Method::post, "/teams", R"({"name":"x"})"), 403) << wrong;
  }
  EXPECT_EQ(ann.status(Method::get, "/teams"), 200);
  ann.csrf = own;
  EXPECT_EQ(ann.status(Method::post, "/teams", R"({"name":"x"})"), 201);
}

TEST_F(SignInApiTest, NothingComesFromAPageOfAnotherSite) {
  Browser ann(api, "ann@example.org");
  EXPECT_EQ(sign_in_from("https://evil.example.org").status, 403);
  EXPECT_EQ(sign_in_from("null").status, 403);
  EXPECT_EQ(sign_in_from("https://cache.example.org").status, 200);
  EXPECT_EQ(sign_in_from("http://127.0.0.1:8080").status, 200);
  const http::NamedValues headers{{"Cookie", ann.cookie},
                                  {std::string(kCsrfHeader), ann.csrf},
                                  {"Origin", "https://evil.example.org"}};
  EXPECT_EQ(api.ask(Method::post, "/teams", R"({"name":"x"})", headers).status, 403);
}

TEST_F(SignInApiTest, SigningOutEndsTheSessionAndTheCookie) {
  Browser ann(api, "ann@example.org");
  Browser other(api);
  ASSERT_EQ(other.sign_in("ann@example.org").status, 200);
  const auto out = ann.ask(Method::post, "/sign_out");
  EXPECT_EQ(out.status, 204);
  EXPECT_THAT(std::string(out.header("Set-Cookie")),
              HasSubstr("cachery_session=; Path=/; Max-Age=0"));
  const auto ended = ann.ask(Method::get, "/session");
  EXPECT_EQ(ended.status, 401);
  EXPECT_THAT(message_of(ended), HasSubstr("your session has ended"));
  EXPECT_EQ(other.status(Method::get, "/session"), 200);
}

TEST_F(SignInApiTest, AnEndedSessionHidesNoOtherProof) {
  Browser ann(api, "ann@example.org");
  const std::string ended = ann.cookie;
  ASSERT_EQ(ann.status(Method::post, "/sign_out"), 204);
  const http::NamedValues headers{{"Cookie", ended}, {"Authorization", "Bearer operator"}};
  EXPECT_EQ(api.ask(Method::get, "/accounts", "", headers).status, 200);
  const auto cache = api.make_cache("shop");
  const auto link = api.links.begin(cache.cache.id, cache.link_secret).value();
  const http::NamedValues both{{"Cookie", ended + "; cachery_link=" + link.token}};
  EXPECT_EQ(api.ask(Method::get, "/caches/shop", "", both).status, 200);
}

TEST_F(SignInApiTest, ASessionEndsAtItsTime) {
  Browser ann(api, "ann@example.org");
  api.clock.advance_seconds(control::kSessionIdleSeconds - 1);
  EXPECT_EQ(ann.status(Method::get, "/session"), 200);
  api.clock.advance_seconds(control::kSessionIdleSeconds);
  EXPECT_EQ(ann.status(Method::get, "/session"), 401);
}

TEST_F(SignInApiTest, AWrongPasswordAndAnUnknownAddressAreOneAnswer) {
  api.make_account("ann@example.org");
  Browser browser(api);
  const auto wrong = browser.sign_in("ann@example.org", "not the password");
  const auto unknown = browser.sign_in("bob@example.org", "not the password");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_TRUE(wrong.header("Set-Cookie").empty());
}

TEST_F(SignInApiTest, GuessingIsSlowedByAccountAndByAddress) {
  api.make_account("ann@example.org");
  Browser browser(api);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(browser.sign_in("ann@example.org", "guess " + std::to_string(i)).status, 401);
  }
  const auto refused = browser.sign_in("ann@example.org");
  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(refused.header("Retry-After").empty());
  api.peer = "198.51.100.1";
  EXPECT_EQ(browser.sign_in("ANN@example.org").status, 429);
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(browser.sign_in("x" + std::to_string(i) + "@example.org").status, 401);
  }
  EXPECT_EQ(browser.sign_in("y@example.org").status, 429);
  api.clock.advance_seconds(3600);
  EXPECT_EQ(browser.sign_in("ann@example.org").status, 200);
}

TEST_F(SignInApiTest, ARightPasswordCostsNoTry) {
  api.make_account("ann@example.org");
  for (int i = 0; i < 40; ++i) ASSERT_EQ(Browser(api).sign_in("ann@example.org").status, 200);
}

TEST_F(SignInApiTest, ANewPasswordWantsTheOldOneAndEndsTheOtherSessions) {
  Browser ann(api, "ann@example.org");
  Browser other(api);
  ASSERT_EQ(other.sign_in("ann@example.org").status, 200);
  const std::string wanted = R"(","new":"a password of hers"})";
  EXPECT_EQ(ann.status(Method::post, "/password", R"({"current":"not it)" + wanted), 403);
  EXPECT_EQ(ann.status(Method::post, "/password",
                       R"({"current":")" + kPassword + R"(","new":"ann@example.org"})"),
            400);
  EXPECT_EQ(ann.status(Method::post, "/password", R"({"current":")" + kPassword + wanted), 204);
  EXPECT_EQ(ann.status(Method::get, "/session"), 200);
  EXPECT_EQ(other.status(Method::get, "/session"), 401);
  EXPECT_EQ(Browser(api).sign_in("ann@example.org").status, 401);
  EXPECT_EQ(Browser(api).sign_in("ann@example.org", "a password of hers").status, 200);
  ASSERT_TRUE(api.mails.deliver_due(api.clock.now()).has_value());
  EXPECT_THAT(api.mail_server.mails.back().text, HasSubstr("your password was changed"));
}

TEST_F(SignInApiTest, GuessingThePresentPasswordIsSlowedToo) {
  Browser ann(api, "ann@example.org");
  const auto guess = [&](const std::string& path, const std::string& body) {
    return ann.status(Method::post, path, body);
  };
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(guess("/password", R"({"current":"guess","new":"a password of hers"})"), 403);
  }
  EXPECT_EQ(guess("/password", R"({"current":"guess","new":"a password of hers"})"), 429);
  EXPECT_EQ(guess("/account/second_factor/remove", R"({"password":"guess"})"), 429);
  EXPECT_EQ(guess("/account/second_factor/recovery_codes", R"({"password":"guess"})"), 429);
}

TEST_F(SignInApiTest, ASuspendedAccountIsToldSoByItsPasswordAlone) {
  Browser ann(api, "ann@example.org");
  ASSERT_EQ(
      api.ask_as("operator", Method::post, "/accounts/" + std::to_string(ann.account) + "/suspend")
          .status,
      200);
  EXPECT_EQ(ann.status(Method::get, "/session"), 401);
  const auto refused = ann.sign_in("ann@example.org");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(message_of(refused), HasSubstr("suspended"));
  EXPECT_EQ(ann.sign_in("ann@example.org", "not her password").status, 401);
}

TEST_F(SignInApiTest, SigningInToAnUnconfirmedAccountMailsItsAddressOnceInSixHours) {
  api.ask(Method::post, "/sign_up", R"({"email":"victim@example.org","password":"long enough"})");
  const auto mails = [&] {
    EXPECT_TRUE(api.mails.deliver_due(api.clock.now()).has_value());
    return api.mail_server.mails.size();
  };
  const size_t before = mails();
  Browser attacker(api);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(attacker.sign_in("victim@example.org", "long enough").status, 403) << i;
    api.clock.advance_seconds(60);
  }
  EXPECT_EQ(mails(), before + 1);
  const std::string secret = api.mailed_secret("victim@example.org");
  EXPECT_EQ(api.ask(Method::post, "/sign_up/confirm", R"({"secret":")" + secret + "\"}").status,
            200)
      << "the last link is good";
}

}  // namespace
}  // namespace cachery::api
