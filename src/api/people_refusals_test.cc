// What every endpoint about people refuses: no proof or a wrong one, bodies that are no JSON,
// fields of a wrong type, that are missing, or that nobody knows. The endpoints are taken from the
// router's own table, so that a new one that is forgotten here fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "api/people_fixture.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using http::Method;

// A body that is right in its form, where there is one.
struct Row {
  Method method;
  std::string path;
  const char* body;
  std::set<std::string> optional = {};
};

const Row kBodies[] = {
    {Method::post,
     "/sign_up",
     R"({"email":"x@example.org","password":"a password","name":"x","invitation":"x"})",
     {"name", "invitation"}},
    {Method::post, "/sign_up/confirm", R"({"secret":"x"})"},
    {Method::post,
     "/sign_up/operator",
     R"({"secret":"x","email":"x@example.org","password":"a password","name":"x"})",
     {"name"}},
    {Method::post, "/sign_in", R"({"email":"x@example.org","password":"x"})"},
    {Method::post, "/sign_in/second_factor", R"({"challenge":"x","code":"x"})"},
    {Method::post, "/password/reset", R"({"email":"x@example.org"})"},
    {Method::post, "/password/reset/confirm", R"({"secret":"x","password":"a password"})"},
    {Method::post, "/password", R"({"current":"x","new":"a password"})"},
    {Method::patch, "/account", R"({"name":"x"})"},
    {Method::post, "/account/second_factor/confirm", R"({"code":"x"})"},
    {Method::post, "/account/second_factor/remove", R"({"password":"x"})"},
    {Method::post, "/account/second_factor/recovery_codes", R"({"password":"x"})"},
    {Method::post,
     "/account/tokens",
     R"({"name":"x","scopes":["read"],"expires_in_days":1})",
     {"scopes", "expires_in_days"}},
    {Method::post, "/teams", R"({"name":"x"})"},
    {Method::patch, "/teams/{team}", R"({"name":"x"})"},
    {Method::patch, "/teams/{team}/members/{account}", R"({"role":"owner"})"},
    {Method::post, "/teams/{team}/invitations", R"({"email":"x@example.org","role":"owner"})"},
    {Method::put, "/teams/{team}/quotas/{quota}", R"({"max":1})"},
    {Method::post, "/invitations/accept", R"({"secret":"x"})"},
    {Method::patch, "/accounts/{account}", R"({"operator":true})"},
    {Method::post, "/accounts/{account}/suspend", R"({"disable_caches":true})", {"disable_caches"}},
};
// Those that anybody may ask.
const std::set<std::string> kOpen = {"GET /sign_up",          "POST /sign_up",
                                     "POST /sign_up/confirm", "POST /sign_up/operator",
                                     "POST /sign_in",         "POST /sign_in/second_factor",
                                     "POST /password/reset",  "POST /password/reset/confirm"};

const std::string kOlga = std::string(R"({"email":"olga@example.org","password":")") +
                          control::AccountsFixture::kPassword + "\"}";

struct RefusalsTest : testing::Test {
  RefusalsTest() {
    EXPECT_EQ(api.ask_as("operator", Method::patch, "/accounts/" + std::to_string(olga.account),
                         R"({"operator":true})")
                  .status,
              200);
  }
  // Of the router's table, below kAdminBase.
  std::vector<std::pair<Method, std::string>> endpoints() {
    std::vector<std::pair<Method, std::string>> out;
    for (const http::Endpoint& one : all_people_endpoints(api.people)) {
      out.emplace_back(one.method, one.path.substr(kAdminBase.size()));
    }
    return out;
  }
  // A path with Olga's own ids for its {names}.
  std::string filled(std::string path) {
    const auto put = [&path](const std::string& name, uint64_t id) {
      if (const size_t at = path.find(name); at != std::string::npos) {
        path.replace(at, name.size(), std::to_string(id));
      }
    };
    put("{team}", olga.own_team());
    put("{account}", olga.account);
    if (const size_t at = path.find("{quota}"); at != std::string::npos) {
      path.replace(at, std::string_view("{quota}").size(), "caches");
    }
    for (const char* name : {"{session}", "{token}", "{invitation}", "{mail}"}) put(name, 999);
    return path;
  }

  PeopleApi api;
  Browser olga{api, "olga@example.org"};
};

TEST_F(RefusalsTest, WithoutAProofOrWithAWrongOneNothingIsThereButTheDoor) {
  const http::NamedValues nothing;
  const http::NamedValues wrong_session{{"Cookie", "cachery_session=" + std::string(64, '0')}};
  const http::NamedValues wrong_token{{"Authorization", "Bearer cachery_" + std::string(48, '0')}};
  const http::NamedValues wrong_operator{{"Authorization", "Bearer operators"}};
  const http::NamedValues basic{{"Authorization", "Basic b3BlcmF0b3I6b3BlcmF0b3I="}};
  for (const auto& [method, path] : endpoints()) {
    const std::string name = std::string(http::name_of(method)) + " " + path;
    if (kOpen.contains(name)) continue;
    for (const auto& headers : {nothing, wrong_session, wrong_token, wrong_operator, basic}) {
      const auto refused = api.ask(method, filled(path), "", headers);
      EXPECT_EQ(refused.status, 401) << name;
      EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer") << name;
    }
  }
}

TEST_F(RefusalsTest, EveryEndpointThatReadsABodyIsInTheTable) {
  std::set<std::string> known;
  for (const Row& row : kBodies) {
    known.insert(std::string(http::name_of(row.method)) + " " + row.path);
  }
  for (const auto& [method, path] : endpoints()) {
    if (is_read(method)) continue;
    const std::string name = std::string(http::name_of(method)) + " " + path;
    if (known.contains(name)) continue;
    // It takes none, and says nothing about one: the body is not even looked at.
    const std::string target = filled(path);
    Browser own(api);
    ASSERT_EQ(own.sign_in("olga@example.org").status, 200);
    EXPECT_NE(own.status(method, target, "{"), 400) << name;
    olga.keep(api.ask(Method::post, "/sign_in", kOlga));
  }
}

TEST_F(RefusalsTest, ABodyThatIsNoObjectIsRefused) {
  for (const Row& row : kBodies) {
    for (const char* body : {"{", "[]", "7", "null", "\"x\"", "{} {}", "\xff", "{\"a\":1,}"}) {
      EXPECT_EQ(olga.status(row.method, filled(row.path), body), 400) << row.path << " " << body;
    }
  }
}

TEST_F(RefusalsTest, AFieldOfAWrongTypeIsRefusedByItsName) {
  for (const Row& row : kBodies) {
    const json::object good = json::parse(row.body).as_object();
    for (const auto& field : good) {
      for (const char* wrong : {"7.5", "-1", "{}", "[1]", "[[]]"}) {
        json::object body = good;
        body[field.key()] = json::parse(wrong);
        const auto refused = olga.ask(row.method, filled(row.path), serialize(body));
        EXPECT_EQ(refused.status, 400) << row.path << " " << serialize(body);
        EXPECT_THAT(message_of(refused), testing::HasSubstr(std::string(field.key())));
      }
    }
  }
}

TEST_F(RefusalsTest, AFieldThatIsMissingOrUnknownIsRefusedByItsName) {
  for (const Row& row : kBodies) {
    const json::object good = json::parse(row.body).as_object();
    for (const auto& field : good) {
      if (row.optional.contains(std::string(field.key()))) continue;
      json::object body = good;
      body.erase(field.key());
      const auto refused = olga.ask(row.method, filled(row.path), serialize(body));
      EXPECT_EQ(refused.status, 400) << row.path << " " << serialize(body);
      EXPECT_THAT(message_of(refused), testing::HasSubstr(std::string(field.key())));
    }
    json::object more = good;
    more["colour"] = "red";
    const auto refused = olga.ask(row.method, filled(row.path), serialize(more));
    EXPECT_EQ(refused.status, 400) << row.path;
    EXPECT_THAT(message_of(refused), testing::HasSubstr("colour"));
  }
}

TEST_F(RefusalsTest, AnIdThatIsNoneIsNotFound) {
  for (const char* id : {"0", "-1", "x", "999", "18446744073709551616", "1%20", "1;drop"}) {
    EXPECT_EQ(olga.status(Method::get, std::string("/teams/") + id), 404) << id;
    EXPECT_EQ(olga.status(Method::get, std::string("/accounts/") + id), 404) << id;
    EXPECT_EQ(olga.status(Method::remove, std::string("/account/tokens/") + id), 404) << id;
    EXPECT_EQ(olga.status(Method::remove, std::string("/account/sessions/") + id), 404) << id;
    EXPECT_EQ(olga.status(Method::post, "/mails/" + std::string(id) + "/retry"), 404) << id;
  }
}

}  // namespace
}  // namespace cachery::api
