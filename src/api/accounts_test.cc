// One's own account: name, sessions, second factor, tokens. Its twin for operators:
// accounts_operator_test.cc.
#include "api/accounts.h"

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

const std::string kWithPassword =
    std::string(R"({"password":")") + control::AccountsFixture::kPassword + "\"}";

struct AccountApiTest : testing::Test {
  std::string code(int64_t steps_ahead = 0) {
    return R"({"code":")" + api.code_of(key, steps_ahead) + "\"}";
  }
  // In force; the recovery codes.
  std::vector<std::string> set_up_second_factor() {
    const auto begun = ann.ask_json(Method::post, "/account/second_factor");
    key = begun.at("key").as_string();
    EXPECT_THAT(std::string(begun.at("uri").as_string()), HasSubstr("secret=" + key));
    const auto done = ann.ask_json(Method::post, "/account/second_factor/confirm", code());
    std::vector<std::string> codes;
    for (const auto& one : done.at("recovery_codes").as_array()) {
      codes.emplace_back(one.as_string());
    }
    return codes;
  }
  std::string challenge_of(Browser& browser) {
    const auto step = http::json::parse(browser.sign_in("ann@example.org").body);
    EXPECT_TRUE(step.at("second_factor_required").as_bool());
    EXPECT_TRUE(browser.cookie.empty());
    return std::string(step.at("challenge").as_string());
  }
  http::Response answer(Browser& browser, const std::string& challenge, const std::string& code) {
    const std::string body = R"({"challenge":")" + challenge + R"(","code":")" + code + "\"}";
    return browser.keep(browser.ask(Method::post, "/sign_in/second_factor", body));
  }
  // A token of Ann's with these scopes, as JSON.
  std::string make_token(const std::string& scopes, const std::string& more = "") {
    const auto made = ann.ask_json(Method::post, "/account/tokens",
                                   R"({"name":"script","scopes":)" + scopes + more + "}");
    return std::string(made.at("token").as_string());
  }

  PeopleApi api;
  Browser ann{api, "ann@example.org"};
  std::string key = {};
};

TEST_F(AccountApiTest, ANameIsChangedAndShown) {
  EXPECT_EQ(ann.ask_json(Method::patch, "/account", R"({"name":"Ann Ä."})").at("name").as_string(),
            "Ann Ä.");
  EXPECT_EQ(ann.ask_json(Method::get, "/account").at("name").as_string(), "Ann Ä.");
  const std::string line_end = R"({"name":"a\nb"})";
  EXPECT_EQ(ann.status(Method::patch, "/account", line_end), 400);
  EXPECT_EQ(ann.status(Method::patch, "/account",
                       R"({"name":")" + std::string(control::kPersonNameBytesMax + 1, 'x') + "\"}"),
            400);
  EXPECT_EQ(ann.status(Method::patch, "/account", R"({"email":"x@example.org"})"), 400);
}

TEST_F(AccountApiTest, SessionsAreListedWithThePresentOneAndEndedOneByOneOrAllTheOthers) {
  Browser phone(api);
  Browser work(api);
  ASSERT_EQ(phone.sign_in("ann@example.org").status, 200);
  ASSERT_EQ(work.sign_in("ann@example.org").status, 200);
  const auto listed = ann.ask_json(Method::get, "/account/sessions");
  ASSERT_THAT(listed.at("sessions").as_array(), SizeIs(3));
  std::string of_phone;
  size_t current_count = 0;
  for (const auto& one : listed.at("sessions").as_array()) {
    if (one.at("current").as_bool()) ++current_count;
    EXPECT_FALSE(one.at("support").as_bool());
    EXPECT_EQ(one.at("ends_at").as_string(), "2023-11-28T22:13:20Z");
  }
  EXPECT_EQ(current_count, 1u);
  of_phone = std::to_string(
      phone.ask_json(Method::get, "/session").at("session").at("id").to_number<uint64_t>());
  EXPECT_EQ(ann.status(Method::remove, "/account/sessions/" + of_phone), 204);
  EXPECT_EQ(ann.status(Method::remove, "/account/sessions/" + of_phone), 404);
  EXPECT_EQ(phone.status(Method::get, "/session"), 401);
  EXPECT_EQ(ann.status(Method::remove, "/account/sessions"), 204);
  EXPECT_EQ(work.status(Method::get, "/session"), 401);
  EXPECT_EQ(ann.status(Method::get, "/session"), 200);
}

TEST_F(AccountApiTest, AnothersSessionsAndTokensAreNotThere) {
  Browser bob(api, "bob@example.org");
  const auto session = std::to_string(
      ann.ask_json(Method::get, "/session").at("session").at("id").to_number<uint64_t>());
  const auto token = ann.ask_json(Method::post, "/account/tokens", R"({"name":"script"})");
  const auto id = std::to_string(token.at("id").to_number<uint64_t>());
  EXPECT_EQ(bob.status(Method::remove, "/account/sessions/" + session), 404);
  EXPECT_EQ(bob.status(Method::remove, "/account/tokens/" + id), 404);
  EXPECT_THAT(bob.ask_json(Method::get, "/account/tokens").at("tokens").as_array(), SizeIs(0));
  EXPECT_EQ(ann.status(Method::get, "/session"), 200);
}

TEST_F(AccountApiTest, ASecondFactorIsAskedForOnceItIsInForce) {
  EXPECT_EQ(ann.ask_json(Method::get, "/account/second_factor"),
            http::json::parse(R"({"enabled":false,"recovery_codes_left":0})"));
  EXPECT_EQ(ann.status(Method::post, "/account/second_factor/confirm", R"({"code":"000000"})"),
            409);
  EXPECT_THAT(set_up_second_factor(), SizeIs(control::kRecoveryCodes));
  EXPECT_EQ(ann.ask_json(Method::get, "/account/second_factor"),
            http::json::parse(R"({"enabled":true,"recovery_codes_left":10})"));
  EXPECT_EQ(ann.status(Method::post, "/account/second_factor"), 409);
  Browser phone(api);
  const std::string challenge = challenge_of(phone);
  EXPECT_EQ(answer(phone, challenge, api.code_of(key)).status, 401) << "it set the factor up";
  EXPECT_EQ(answer(phone, challenge, api.code_of(key, 1)).status, 200);
  EXPECT_EQ(phone.status(Method::get, "/session"), 200);
  EXPECT_EQ(answer(phone, challenge, api.code_of(key, 1)).status, 401) << "a code is good once";
}

TEST_F(AccountApiTest, ARecoveryCodeIsACodeOnce) {
  const auto codes = set_up_second_factor();
  Browser phone(api);
  EXPECT_EQ(answer(phone, challenge_of(phone), codes[3]).status, 200);
  Browser other(api);
  const std::string challenge = challenge_of(other);
  EXPECT_EQ(answer(other, challenge, codes[3]).status, 401);
  EXPECT_EQ(answer(other, challenge, codes[4]).status, 200);
  EXPECT_EQ(ann.ask_json(Method::get, "/account/second_factor").at("recovery_codes_left"), 8);
  const auto renewed =
      ann.ask_json(Method::post, "/account/second_factor/recovery_codes", kWithPassword);
  EXPECT_THAT(renewed.at("recovery_codes").as_array(), SizeIs(control::kRecoveryCodes));
  Browser old(api);
  EXPECT_EQ(answer(old, challenge_of(old), codes[5]).status, 401);
}

TEST_F(AccountApiTest, AChallengeIsOverAfterFiveWrongCodesOrFiveMinutes) {
  set_up_second_factor();
  Browser phone(api);
  const std::string guessed = challenge_of(phone);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(answer(phone, guessed, "000000").status, 401);
  api.clock.advance_seconds(3600);
  EXPECT_EQ(answer(phone, guessed, api.code_of(key)).status, 401);
  const std::string late = challenge_of(phone);
  api.clock.advance_seconds(control::kChallengeSeconds);
  EXPECT_EQ(answer(phone, late, api.code_of(key)).status, 401);
}

TEST_F(AccountApiTest, GuessingCodesIsSlowedOverAllChallengesOfAnAccount) {
  set_up_second_factor();
  Browser phone(api);
  const std::string first = challenge_of(phone);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(answer(phone, first, "000000").status, 401);
  EXPECT_EQ(answer(phone, challenge_of(phone), "000000").status, 429);
}

TEST_F(AccountApiTest, TheSecondFactorGoesWithThePasswordAlone) {
  set_up_second_factor();
  EXPECT_EQ(ann.status(Method::post, "/account/second_factor/remove", R"({"password":"x"})"), 403);
  EXPECT_EQ(ann.status(Method::post, "/account/second_factor/remove", kWithPassword), 204);
  EXPECT_EQ(ann.status(Method::post, "/account/second_factor/remove", kWithPassword), 409);
  EXPECT_EQ(Browser(api).sign_in("ann@example.org").status, 200);
  EXPECT_THAT(api.audited_actions(), Contains("account.remove_second_factor"));
}

TEST_F(AccountApiTest, ATokenMayWhatItsScopesSay) {
  const auto made = ann.ask_json(Method::post, "/account/tokens", R"({"name":"script"})");
  const std::string read = std::string(made.at("token").as_string());
  EXPECT_EQ(made.at("scopes"), http::json::parse(R"(["read"])"));
  EXPECT_EQ(made.at("prefix").as_string(), read.substr(0, control::kTokenPrefixBytes));
  EXPECT_EQ(made.at("expires_at").as_string(), "2024-02-12T22:13:20Z");
  const std::string write = make_token(R"(["read","write"])");
  const std::string all = make_token(R"(["write","credentials"])");
  EXPECT_EQ(api.ask_as(read, Method::get, "/teams").status, 200);
  EXPECT_EQ(api.ask_as(read, Method::post, "/teams", R"({"name":"x"})").status, 403);
  EXPECT_EQ(api.ask_as(read, Method::post, "/caches", R"({"name":"shop","plan":"dev"})").status,
            403);
  EXPECT_EQ(api.ask_as(write, Method::post, "/caches", R"({"name":"shop","plan":"dev"})").status,
            201);
  const auto shown = [&](const std::string& token) {
    return api.ask_as(token, Method::get, "/caches/shop/credentials").body;
  };
  const std::string password =
      std::string(http::json::parse(shown(all)).at("credentials").at(0).at("password").as_string());
  EXPECT_FALSE(password.empty());
  EXPECT_THAT(shown(write), Not(HasSubstr(password)));
  EXPECT_THAT(shown(read), Not(HasSubstr(password)));
}

TEST_F(AccountApiTest, ATokenChangesNothingAboutHowItsPersonProvesWhoHeIs) {
  const std::string token = make_token(R"(["write","credentials"])");
  for (const auto& [method, path, body] :
       std::initializer_list<std::tuple<Method, const char*, const char*>>{
           {Method::post, "/account/tokens", R"({"name":"more"})"},
           {Method::remove, "/account/tokens/1", ""},
           {Method::remove, "/account/sessions", ""},
           {Method::remove, "/account/sessions/1", ""},
           {Method::post, "/account/second_factor", ""},
           {Method::post, "/account/second_factor/confirm", R"({"code":"0"})"},
           {Method::post, "/account/second_factor/remove", R"({"password":"x"})"},
           {Method::post, "/account/second_factor/recovery_codes", R"({"password":"x"})"},
           {Method::post, "/password", R"({"current":"x","new":"a password of hers"})"},
           {Method::post, "/invitations/accept", R"({"secret":"x"})"}}) {
    EXPECT_EQ(api.ask_as(token, method, path, body).status, 403) << path;
  }
  EXPECT_EQ(api.ask_as(token, Method::get, "/account").status, 200);
  EXPECT_EQ(api.ask_as(token, Method::get, "/session").status, 403) << "it has none";
}

TEST_F(AccountApiTest, ATokenWithoutTheScopeForCredentialsChangesNobodysAccess) {
  const std::string team = "/teams/" + std::to_string(ann.own_team());
  Browser bob(api, "bob@example.org");
  const std::string bob_there = team + "/members/" + std::to_string(bob.account);
  const std::string cache = "/caches/shop";
  ASSERT_EQ(ann.status(Method::post, "/caches", R"({"name":"shop","plan":"dev"})"), 201);
  const auto made = ann.ask_json(Method::post, cache + "/credentials", "{}");
  const std::string credential =
      cache + "/credentials/" + std::to_string(made.at("id").to_number<uint64_t>());
  const std::string other = std::to_string(
      ann.ask_json(Method::post, "/teams", R"({"name":"x"})").at("id").to_number<uint64_t>());
  const std::string invitation = R"({"email":"bob@example.org","role":"owner"})";
  const std::string invited = std::to_string(
      ann.ask_json(Method::post, team + "/invitations", invitation).at("id").to_number<uint64_t>());
  const auto ask_all = [&](const std::string& token) {
    std::string refused;
    for (const auto& [method, path, body] :
         std::initializer_list<std::tuple<Method, std::string, std::string>>{
             {Method::post, team + "/invitations", invitation},
             {Method::remove, team + "/invitations/" + invited, ""},
             {Method::patch, bob_there, R"({"role":"owner"})"},
             {Method::remove, bob_there, ""},
             {Method::patch, cache, R"({"team":)" + other + "}"},
             {Method::post, credential + "/promote", ""},
             {Method::remove, credential, ""}}) {
      refused += api.ask_as(token, method, path, body).status == 403 ? "-" : "+";
    }
    return refused;
  };
  EXPECT_EQ(ask_all(make_token(R"(["write"])")), "-------");
  EXPECT_EQ(ask_all(make_token(R"(["write","credentials"])")), "+++++++");
}

TEST_F(AccountApiTest, ATokenIsToldOnceEndsAtItsTimeAndWhenItIsDeleted) {
  const std::string token = make_token("[]", R"(,"expires_in_days":1)");
  const auto listed = ann.ask(Method::get, "/account/tokens").body;
  EXPECT_THAT(listed, Not(HasSubstr(token)));
  EXPECT_EQ(api.ask_as(token, Method::get, "/account").status, 200);
  const auto id =
      std::to_string(http::json::parse(listed).at("tokens").at(0).at("id").to_number<uint64_t>());
  EXPECT_EQ(ann.status(Method::remove, "/account/tokens/" + id), 204);
  EXPECT_EQ(ann.status(Method::remove, "/account/tokens/" + id), 404);
  EXPECT_EQ(api.ask_as(token, Method::get, "/account").status, 401);
  const std::string short_lived = make_token("[]", R"(,"expires_in_days":1)");
  api.clock.advance_seconds(86'400);
  const auto ended = api.ask_as(short_lived, Method::get, "/account");
  EXPECT_EQ(ended.status, 401);
  EXPECT_THAT(message_of(ended), HasSubstr("was deleted, has expired"));
}

TEST_F(AccountApiTest, WhatATokenCannotBeIsRefused) {
  for (const char* body :
       {R"({})", R"({"name":""})", R"({"name":7})", R"({"name":"x","scopes":["admin"]})",
        R"({"name":"x","scopes":"read"})", R"({"name":"x","expires_in_days":0})",
        R"({"name":"x","expires_in_days":367})", R"({"name":"x","expires_in_days":"1"})",
        R"({"name":"x","for":"me"})"}) {
    EXPECT_EQ(ann.status(Method::post, "/account/tokens", body), 400) << body;
  }
  for (size_t i = 0; i < control::kTokensPerAccountMax; ++i) make_token("[]");
  EXPECT_EQ(ann.status(Method::post, "/account/tokens", R"({"name":"one more"})"), 409);
}

}  // namespace
}  // namespace cachery::api
