// Every endpoint with a personal token that may write and see no secret: no answer holds one. The
// same walk with the scope that shows them proves that there were some to hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "every_endpoint_fixture.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;
using testing::IsEmpty;
using testing::IsSupersetOf;

// Names of fields whose values open something.
constexpr std::string_view kSecretFields[] = {
    "password", "sasl_password", "sso_path", "tls_server_name", "webhook_secret", "slack_url",
    "link",     "secret",        "token",    "csrf_token",      "challenge",      "recovery_codes"};

bool is_empty(const json::value& value) {
  if (value.is_null()) return true;
  if (value.is_string()) return value.as_string().empty();
  return value.is_array() && value.as_array().empty();
}

bool holds_secret(const json::value& value) {
  if (value.is_array()) return std::ranges::any_of(value.as_array(), holds_secret);
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.as_object(), [](const auto& field) {
    const bool is_secret = std::ranges::count(kSecretFields, std::string_view(field.key())) > 0;
    return is_secret ? !is_empty(field.value()) : holds_secret(field.value());
  });
}

// What makes a secret, or must have a body to get as far as an answer; all others take {}.
const std::map<std::string, std::string> kBodies = {
    {"POST /api/admin/v1/caches", R"({"name":"made","plan":"dev"})"},
    {"PATCH /api/admin/v1/caches/{cache}/credentials/{credential}", R"({"write":true})"},
    {"POST /api/admin/v1/caches/{cache}/alerts/configs",
     R"({"delivery_type":"webhook","webhook_url":"https://example.org"})"},
    {"POST /api/admin/v1/alerts/configs",
     R"({"delivery_type":"webhook","webhook_url":"https://example.org"})"},
    {"POST /api/admin/v1/teams/{team}/invitations",
     R"({"email":"new@example.org","role":"member"})"},
    {"POST /api/admin/v1/account/tokens", R"({"name":"another","scopes":["credentials"]})"},
};

struct EveryEndpointTokenTest : testing::Test {
  EveryEndpointTokenTest() {
    const std::string cache = json::serialize(every.mine().at("id"));
    const std::string of_cache = "/api/admin/v1/caches/" + cache;
    const std::string slack =
        R"({"delivery_type":"slack","slack_url":"https://hooks.slack.com/services/T0/B0/x"})";
    every.ask_json(Method::post, "/api/admin/v1/alerts/configs", slack);
    const auto config = every.ask_json(Method::post, of_cache + "/alerts/configs", slack);
    const auto credential = every.ask_json(Method::post, of_cache + "/credentials", "{}");
    every.ask_json(Method::post, "/api/admin/v1/sign_up",
                   R"({"email":"a@example.org","password":"correct horse battery"})");
    names = every.present();
    names.emplace_back("config", json::serialize(config.at("id")));
    names.emplace_back("credential", json::serialize(credential.at("id")));
  }

  // Asks every operation that a token opens, deletions last; those whose answer holds a secret.
  std::set<std::string> telling(std::string_view scopes) {
    const http::NamedValues proof{{"Authorization", every.personal_token(scopes)}};
    name_the_rest();
    std::vector<Operation> operations;  // those that remove come last
    for (const bool is_removing : {false, true}) {
      std::ranges::copy_if(every.operations(), std::back_inserter(operations),
                           [&](const Operation& operation) {
                             return (operation.method == Method::remove) == is_removing;
                           });
    }
    std::set<std::string> told;
    for (const Operation& operation : operations) {
      if (!operation.is_opened_by("token")) continue;
      const auto body = kBodies.find(operation.name());
      const auto answer =
          every.ask(operation.method, EveryEndpoint::fill(operation, names), proof,
                    operation.is_read() ? "" : (body == kBodies.end() ? "{}" : body->second));
      EXPECT_NE(answer.status, 401) << operation.name();
      json::error_code no_json;
      const bool holds = holds_secret(json::parse(answer.body, no_json));
      if (holds || !answer.header("Set-Cookie").empty()) told.insert(operation.name());
      // What may be compressed says so, whoever asks: then it must not hold any.
      const bool may_be_compressed = answer.header("Vary") == "Accept-Encoding";
      EXPECT_FALSE(holds && may_be_compressed) << operation.name();
      if (may_be_compressed) compressible.insert(operation.name());
    }
    return told;
  }

  // The team of the operator's account, and somebody else's account.
  void name_the_rest() {
    const auto teams = every.ask_json(Method::get, "/api/admin/v1/teams").at("teams");
    names.emplace_back("team", json::serialize(teams.at(0).at("id")));
    const auto accounts = every.ask_json(Method::get, "/api/admin/v1/accounts").at("accounts");
    for (const auto& one : accounts.as_array()) {
      if (one.at("email") == "a@example.org") {
        names.emplace_back("account", json::serialize(one.at("id")));
      }
    }
  }

  EveryEndpoint every;
  EveryEndpoint::Names names;
  std::set<std::string> compressible = {};  // of those that telling() asked
};

TEST_F(EveryEndpointTokenTest, WithoutTheScopeForCredentialsIsToldNoSecret) {
  EXPECT_THAT(telling(R"(["read","write"])"), IsEmpty());
}

TEST_F(EveryEndpointTokenTest, WithTheScopeForCredentialsIsToldThemWhereTheyAre) {
  const std::string base = "/api/admin/v1";
  EXPECT_THAT(
      telling(R"(["read","write","credentials"])"),
      IsSupersetOf(
          {"GET " + base + "/caches", "GET " + base + "/caches/{cache}", "POST " + base + "/caches",
           "PATCH " + base + "/caches/{cache}", "GET " + base + "/caches/{cache}/credentials",
           "POST " + base + "/caches/{cache}/credentials",
           "PATCH " + base + "/caches/{cache}/credentials/{credential}",
           "POST " + base + "/caches/{cache}/credentials/{credential}/promote",
           "POST " + base + "/caches/{cache}/rotate_sso",
           "GET " + base + "/caches/{cache}/alerts/configs",
           "POST " + base + "/caches/{cache}/alerts/configs",
           "GET " + base + "/caches/{cache}/alerts/configs/{config}",
           "GET " + base + "/alerts/configs", "POST " + base + "/alerts/configs",
           "POST " + base + "/accounts/{account}/reset_link", "POST " + base + "/operator_link",
           "POST " + base + "/teams/{team}/invitations"}));
  EXPECT_THAT(compressible, IsSupersetOf({"GET " + base + "/audit", "GET " + base + "/accounts",
                                          "GET " + base + "/activity"}));
}

}  // namespace
}  // namespace cachery
