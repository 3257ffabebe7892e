// For tests: the whole admin API over the services of AccountsFixture, with every real proof, asked
// without a socket. A Browser keeps its cookie and its CSRF token as a person's browser would.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "api/accounts.h"
#include "api/admin.h"
#include "api/authorization.h"
#include "api/link_session.h"
#include "api/session.h"
#include "api/sign_in.h"
#include "api/teams.h"
#include "api/tokens.h"
#include "control/db/accounts_fixture.h"
#include "http/json.h"
#include "http/target.h"

namespace cachery::api {

inline std::vector<http::Endpoint> all_people_endpoints(const AccountsApi& api) {
  std::vector<http::Endpoint> all;
  for (auto some : {sign_in_endpoints(api), account_endpoints(api), token_endpoints(api),
                    team_endpoints(api), operator_endpoints(api)}) {
    for (http::Endpoint& one : some) all.push_back(std::move(one));
  }
  return all;
}

struct PeopleApi : control::AccountsFixture {
  explicit PeopleApi(control::SignUpRule rule = control::SignUpRule::open,
                     const control::QuotaSettings& most = {})
      : control::AccountsFixture(rule, most) {}

  // Path and query as a client writes them, below /api/admin/v1.
  http::Response ask(http::Method method, const std::string& target, const std::string& body = "",
                     http::NamedValues headers = {}) {
    auto parsed = http::parse_target(std::string(kAdminBase) + target).value();
    return router.handle({.method = method,
                          .segments = std::move(parsed.segments),
                          .query = std::move(parsed.query),
                          .headers = std::move(headers),
                          .body = body,
                          .peer = peer});
  }
  http::Response ask_as(const std::string& bearer, http::Method method, const std::string& target,
                        const std::string& body = "") {
    return ask(method, target, body, {{"Authorization", "Bearer " + bearer}});
  }
  // The token, as JSON, and of the operator.
  http::json::value ask_operator(http::Method method, const std::string& target,
                                 const std::string& body = "") {
    return http::json::parse(ask_as("operator", method, target, body).body);
  }
  http::json::value ask_json(http::Method method, const std::string& target,
                             const std::string& body = "") {
    return http::json::parse(ask(method, target, body).body);
  }
  // Actions in the audit, the newest first.
  std::vector<std::string> audited_actions() {
    std::vector<std::string> out;
    const auto page = audit.list({});
    for (const auto& one : page->rows) out.push_back(one.action);
    return out;
  }

  std::string peer = "192.0.2.1";
  ServiceAddresses addresses{{"cache.example.org:11211"}, {"cache.example.org:11219"}};
  OperatorToken operator_token{"operator"};
  TokenProof token_proof{accounts};
  SessionProof session_proof{accounts};
  LinkProof link_proof{links};
  RequestRates request_rates{clock};
  Principals principals{{&operator_token, &token_proof, &session_proof, &link_proof},
                        &request_rates};
  AccountsApi people{accounts, principals};
  control::NodeWatch watch{node, clock};
  AdminServices admin{caches, credentials, plans, clusters, links,
                      audit,  node,        addresses, watch, quotas};
  http::Router router{[this] {
    auto all = all_people_endpoints(people);
    for (http::Endpoint& one : admin_endpoints(principals, admin_rows(admin))) {
      all.push_back(std::move(one));
    }
    return all;
  }()};
};

// A person's browser.
struct Browser {
  explicit Browser(PeopleApi& wanted_api) : api(wanted_api) {}
  // Signed in, with an account that has confirmed its address.
  Browser(PeopleApi& wanted_api, const std::string& email) : api(wanted_api) {
    account = api.make_account(email).id;
    EXPECT_EQ(sign_in(email).status, 200);
  }

  http::Response sign_in(const std::string& email,
                         const std::string& password = control::AccountsFixture::kPassword) {
    const http::json::object body{{"email", email}, {"password", password}};
    return keep(ask(http::Method::post, "/sign_in", serialize(body)));
  }
  http::Response ask(http::Method method, const std::string& target, const std::string& body = "") {
    http::NamedValues headers{{"Cookie", "theme=dark; " + cookie}};
    if (!csrf.empty()) headers.emplace_back(kCsrfHeader, csrf);
    return api.ask(method, target, body, std::move(headers));
  }
  http::json::value ask_json(http::Method method, const std::string& target,
                             const std::string& body = "") {
    return http::json::parse(ask(method, target, body).body);
  }
  int status(http::Method method, const std::string& target, const std::string& body = "") {
    return ask(method, target, body).status;
  }
  // What a browser keeps of an answer that signs in.
  http::Response keep(http::Response response) {
    const std::string header(response.header("Set-Cookie"));
    if (header.empty()) return response;
    cookie = header.substr(0, header.find(';'));
    csrf = http::json::parse(response.body).at("csrf_token").as_string();
    return response;
  }
  uint64_t own_team() {
    return ask_json(http::Method::get, "/teams").at("teams").at(0).at("id").to_number<uint64_t>();
  }

  PeopleApi& api;
  control::AccountId account = 0;
  std::string cookie = {};
  std::string csrf = {};
};

// {"error":{"code","message"}}'s message.
inline std::string message_of(const http::Response& response) {
  return std::string(http::json::parse(response.body).at("error").at("message").as_string());
}

}  // namespace cachery::api
