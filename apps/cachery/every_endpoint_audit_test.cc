// Every endpoint that changes something leaves a row of the audit trail: each is asked for a change
// that it makes, and an endpoint that is missing here fails the test. So nobody adds a change and
// forgets its row.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "every_endpoint_fixture.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;

// Those that change nothing that an audit tells of, or need what this fixture has not: where their
// row is proven in place of here.
const std::map<std::string, std::string> kNotHere = {
    {"POST /api/admin/v1/sign_up/confirm", "needs a mailed secret; accounts_test"},
    {"POST /api/admin/v1/sign_in/second_factor", "needs a code; second_factor_test"},
    {"POST /api/admin/v1/account/second_factor/confirm", "needs a code; second_factor_test"},
    {"POST /api/admin/v1/account/second_factor/recovery_codes", "needs one; second_factor_test"},
    {"POST /api/admin/v1/account/second_factor/remove", "needs one; second_factor_test"},
    {"POST /api/admin/v1/accounts/{account}/second_factor/remove", "needs one; second_factor_test"},
    {"POST /api/admin/v1/password/reset", "tells nobody whether there is such an account"},
    {"POST /api/admin/v1/password/reset/confirm", "needs a mailed secret; accounts_test"},
    {"POST /api/admin/v1/invitations/accept", "needs a second person; teams_test"},
    {"PATCH /api/admin/v1/teams/{team}/members/{account}", "needs a second member; teams_test"},
    {"DELETE /api/admin/v1/teams/{team}/members/{account}", "needs a second member; teams_test"},
    {"POST /api/admin/v1/alert_addresses/confirm", "needs a mailed secret; alert_addresses_test"},
    {"POST /api/admin/v1/mails/{mail}/retry", "needs a mail that failed; mail_test"},
    {"POST /api/admin/v1/alerts/deliveries/{delivery}/retry",
     "needs one that failed; deliveries_test"},
    {"POST /api/admin/v1/caches/{cache}/alerts/deliveries/{delivery}/retry",
     "needs one that failed; deliveries_test"},
    {"DELETE /api/v1/{cache_id}/credentials/primary/{credential}", "the primary cannot be deleted"},
    {"POST /api/v2/caches/{cache_id}/switch_cluster", "there is never one to switch to"},
};

struct EveryEndpointAuditTest : testing::Test {
  // Asks for a change, which must be made and leave a row. `names` as in the path, `body` of it.
  json::value change(const std::string& name, const EveryEndpoint::Names& names,
                     const std::string& body, const http::NamedValues& proof) {
    every.pass_seconds(120);  // what is repeated at once is counted in its row
    const auto at = std::ranges::find(every.operations(), name, &Operation::name);
    if (at == every.operations().end()) {
      ADD_FAILURE() << "there is no " << name;
      return {};
    }
    const int64_t before = every.changes_count();
    const auto answer = every.ask(at->method, EveryEndpoint::fill(*at, names), proof, body);
    EXPECT_TRUE(answer.status >= 200 && answer.status < 300)
        << name << ": " << answer.status << " " << answer.body;
    EXPECT_GT(every.changes_count(), before) << name << " left no row of the audit";
    asked.insert(name);
    last = answer;
    json::error_code no_json;
    return json::parse(answer.body, no_json);
  }
  json::value change(const std::string& name, const EveryEndpoint::Names& names = {},
                     const std::string& body = "{}") {
    return change(name, names, body, {EveryEndpoint::operator_token()});
  }
  static std::string id_of(const json::value& object) { return json::serialize(object.at("id")); }

  void change_caches();
  void change_credentials(const std::string& cache);
  void change_alerts(const std::string& base, const EveryEndpoint::Names& of_cache);
  void change_by_analytics_v1();
  void change_by_analytics_v2();
  void change_what_is_the_operators();
  void change_people();

  EveryEndpoint every;
  std::set<std::string> asked = {};
  http::Response last = {};
  const std::string admin = "/api/admin/v1";
};

void EveryEndpointAuditTest::change_credentials(const std::string& cache) {
  const std::string base = admin + "/caches/{cache}/credentials";
  const auto first = change("POST " + base, {{"cache", cache}});
  const EveryEndpoint::Names names{{"cache", cache}, {"credential", id_of(first)}};
  change("PATCH " + base + "/{credential}", names, R"({"write":false})");
  change("PATCH " + base + "/{credential}", names, R"({"write":true})");
  change("POST " + base + "/{credential}/promote", names);
  const auto second = change("POST " + base, {{"cache", cache}});
  change("DELETE " + base + "/{credential}", {{"cache", cache}, {"credential", id_of(second)}});
}

void EveryEndpointAuditTest::change_alerts(const std::string& base,
                                           const EveryEndpoint::Names& of_cache) {
  EveryEndpoint::Names names = of_cache;
  const std::string trigger = of_cache.empty() ? "certificate_expiry" : "hit_rate";
  const auto config = change("POST " + base + "/alerts/configs", names,
                             R"({"delivery_type":"webhook","webhook_url":"https://example.org"})");
  names.emplace_back("config", id_of(config));
  change("POST " + base + "/alerts/configs/{config}/test", names);
  const auto alert = change("POST " + base + "/alerts", names,
                            R"({"trigger_type":")" + trigger + R"(","trigger_threshold":10})");
  names.emplace_back("alert", id_of(alert));
  change("PATCH " + base + "/alerts/{alert}", names, R"({"trigger_threshold":11})");
  change("DELETE " + base + "/alerts/{alert}", names);
  change("DELETE " + base + "/alerts/configs/{config}", names);
}

void EveryEndpointAuditTest::change_caches() {
  const std::string base = admin + "/caches";
  const std::string cache = id_of(change("POST " + base, {}, R"({"name":"made","plan":"dev"})"));
  const EveryEndpoint::Names names{{"cache", cache}};
  change("PATCH " + base + "/{cache}", names, R"({"name":"renamed"})");
  change("POST " + base + "/{cache}/flush", names);
  change("POST " + base + "/{cache}/stats/reset", names);
  change("POST " + base + "/{cache}/rotate_sso", names);
  change_credentials(cache);
  change_alerts(base + "/{cache}", names);
  EveryEndpoint::Names of_prefix = names;
  const auto prefix =
      change("POST " + base + "/{cache}/insight/prefixes", names, R"({"name":"user:"})");
  of_prefix.emplace_back("prefix", id_of(prefix));
  change("DELETE " + base + "/{cache}/insight/prefixes/{prefix}", of_prefix);
  change("DELETE " + base + "/{cache}", names);
  change("POST " + base + "/{cache}/restore", names);
}

void EveryEndpointAuditTest::change_by_analytics_v1() {
  const std::string base = "/api/v1/{cache_id}";
  const http::NamedValues proof{{"Authorization", EveryEndpoint::basic(every.mine())}};
  const std::string id = id_of(every.mine());
  change("POST " + base + "/flush", {{"cache_id", id}}, "", proof);
  const auto made = change("POST " + base + "/credentials", {{"cache_id", id}}, "", proof);
  EveryEndpoint::Names names{{"cache_id", id}};
  const json::value* number = made.as_object().if_contains("id");
  names.emplace_back("credential", number == nullptr ? "0" : json::serialize(*number));
  const std::string wanted =
      R"({"flush_capability":false,"write_capability":true,"api_capability":true})";
  for (const std::string method : {"POST ", "PATCH "}) {
    const std::string name = method + base + "/credentials/{credential}";
    const auto is_it = [&](const Operation& one) { return one.name() == name; };
    if (std::ranges::none_of(every.operations(), is_it)) continue;
    change(name, names, wanted, proof);
  }
  change("POST " + base + "/credentials/primary/{credential}", names, "", proof);
  const auto other = change("POST " + base + "/credentials", {{"cache_id", id}}, "", proof);
  change("DELETE " + base + "/credentials/{credential}",
         {{"cache_id", id}, {"credential", id_of(other)}}, "", proof);
}

void EveryEndpointAuditTest::change_by_analytics_v2() {
  const std::string base = "/api/v2/caches/{cache_id}";
  const http::NamedValues proof{{"Authorization", EveryEndpoint::basic(every.mine())}};
  EveryEndpoint::Names names{{"cache_id", id_of(every.mine())}};
  change("POST " + base + "/flush", names, "", proof);
  change("POST " + base + "/reset_stats", names, "", proof);
  change("POST " + base + "/rotate_sso", names, "", proof);
  change("POST " + base + "/enable_cache", names, "", proof);
  const auto made = change("POST " + base + "/credentials", names, "", proof);
  const json::value* username = made.as_object().if_contains("sasl_username");
  names.emplace_back("username", username == nullptr ? "" : std::string(username->as_string()));
  change("PATCH " + base + "/credentials/{username}", names,
         R"({"flush_capability":false,"write_capability":true,"api_capability":true})", proof);
  change("POST " + base + "/credentials/primary/{username}", names, "", proof);
  const auto more = change("POST " + base + "/credentials", names, "", proof);
  const json::value* other = more.as_object().if_contains("sasl_username");
  EveryEndpoint::Names to_delete{names.front()};
  to_delete.emplace_back("username", other == nullptr ? "" : std::string(other->as_string()));
  change("DELETE " + base + "/credentials/{username}", to_delete, "", proof);
  const auto config = change("POST " + base + "/alerts/configs", names,
                             R"({"delivery_type":"email","email":"a@example.org"})", proof);
  names.emplace_back("config", id_of(config));
  const auto alert = change("POST " + base + "/alerts", names,
                            R"({"trigger_type":"hit_rate","trigger_threshold":10})", proof);
  names.emplace_back("alert", id_of(alert));
  change("PUT " + base + "/alerts/{alert}", names,
         R"({"trigger_type":"hit_rate","trigger_threshold":11})", proof);
  change("DELETE " + base + "/alerts/{alert}", names, "", proof);
  change("DELETE " + base + "/alerts/configs/{config}", names, "", proof);
  const auto prefix =
      change("POST " + base + "/introspection/prefixes", names, R"({"name":"user:"})", proof);
  names.emplace_back("prefix", id_of(prefix));
  change("DELETE " + base + "/introspection/prefixes/{prefix}", names, "", proof);
}

void EveryEndpointAuditTest::change_what_is_the_operators() {
  change("POST " + admin + "/plans", {}, R"({"slug":"made","size_mib":5})");
  change("PATCH " + admin + "/plans/{plan}", {{"plan", "made"}}, R"({"size_mib":6})");
  change("DELETE " + admin + "/plans/{plan}", {{"plan", "made"}});
  change("PATCH " + admin + "/clusters/{cluster}", {{"cluster", "1"}}, R"({"region":"eu"})");
  change("POST " + admin + "/operator_link");
  change_alerts(admin, {});
}

void EveryEndpointAuditTest::change_people() {
  const std::string person = R"("email":"op@example.org","password":"correct horse battery")";
  const std::string secret = [&] {
    const std::string link(change("POST " + admin + "/operator_link").at("link").as_string());
    return link.substr(link.find('#') + 1, 64);
  }();
  change("POST " + admin + "/sign_up/operator", {},
         R"({"secret":")" + secret + "\"," + person + "}", {});
  change("POST " + admin + "/sign_up", {},
         R"({"email":"ann@example.org","password":"correct horse battery"})", {});
  const auto sign_in = [&] {
    const auto session = change("POST " + admin + "/sign_in", {}, "{" + person + "}", {});
    const std::string cookie(last.header("Set-Cookie"));
    return http::NamedValues{{"Cookie", cookie.substr(0, cookie.find(';'))},
                             {"X-CSRF-Token", std::string(session.at("csrf_token").as_string())}};
  };
  const http::NamedValues proof = sign_in();
  change("PATCH " + admin + "/account", {}, R"({"name":"Olga"})", proof);
  const auto token =
      change("POST " + admin + "/account/tokens", {}, R"({"name":"t","scopes":["read"]})", proof);
  change("DELETE " + admin + "/account/tokens/{token}", {{"token", id_of(token)}}, "{}", proof);
  change("POST " + admin + "/account/second_factor", {}, "{}", proof);
  const std::string team =
      id_of(change("POST " + admin + "/teams", {}, R"({"name":"crew"})", proof));
  change("PATCH " + admin + "/teams/{team}", {{"team", team}}, R"({"name":"shop"})", proof);
  const auto invitation = change("POST " + admin + "/teams/{team}/invitations", {{"team", team}},
                                 R"({"email":"bob@example.org","role":"member"})", proof);
  change("DELETE " + admin + "/teams/{team}/invitations/{invitation}",
         {{"team", team}, {"invitation", id_of(invitation)}}, "{}", proof);
  const EveryEndpoint::Names quota{{"team", team}, {"quota", "caches"}};
  change("PUT " + admin + "/teams/{team}/quotas/{quota}", quota, R"({"max":5})");
  change("DELETE " + admin + "/teams/{team}/quotas/{quota}", quota);

  const std::string base = admin + "/accounts/{account}";
  const EveryEndpoint::Names olga{{"account", "1"}};
  const EveryEndpoint::Names ann{{"account", "2"}};
  change("PATCH " + base, ann, R"({"operator":true})");
  change("PATCH " + base, ann, R"({"operator":false})");
  change("POST " + base + "/reset_link", olga);
  change("POST " + base + "/support", ann, "{}", proof);
  change("POST " + base + "/suspend", ann);
  change("POST " + base + "/unsuspend", ann);
  sign_in();
  const auto sessions =
      json::parse(every.ask(Method::get, admin + "/account/sessions", proof).body);
  std::string another;
  for (const auto& one : sessions.at("sessions").as_array()) {
    const auto* is_present = one.as_object().if_contains("present");
    if (is_present == nullptr || *is_present != true) another = id_of(one);
  }
  change("DELETE " + admin + "/account/sessions/{session}", {{"session", another}}, "{}", proof);
  sign_in();
  change("DELETE " + admin + "/account/sessions", {}, "{}", proof);
  change("POST " + admin + "/password", {},
         R"({"current":"correct horse battery","new":"another horse battery"})", proof);
  change("POST " + admin + "/sign_out", {}, "{}", proof);
}

TEST_F(EveryEndpointAuditTest, EachChangeLeavesARow) {
  change_caches();
  change_what_is_the_operators();
  change_by_analytics_v2();
  change_people();
  change_by_analytics_v1();
  for (const Operation& operation : every.operations()) {
    if (operation.is_read()) continue;
    EXPECT_TRUE(asked.contains(operation.name()) || kNotHere.contains(operation.name()))
        << operation.name() << " is not asked for a change here: add it";
  }
}

}  // namespace
}  // namespace cachery
