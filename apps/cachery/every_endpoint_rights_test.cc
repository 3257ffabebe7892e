// Every endpoint with everybody who may come: the table says who the least is that may, and whoever
// is less is refused. A new endpoint without a row fails, as does one that opens without a proof.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "every_endpoint_fixture.h"
#include "every_endpoint_rights.h"

namespace cachery {
namespace {

namespace json = http::json;
using namespace rights;
using http::Method;
using testing::AnyOf;
using testing::IsEmpty;

struct Asker {
  std::string name = {};
  Who role = anybody;  // reader and above: in the team
  bool is_account = false;
  bool is_person = false;
  bool is_link = false;
  bool writes = true;  // by the scopes of its token
  bool handles_access = true;
  http::NamedValues proof = {};
};

bool may(const Asker& asker, const Row& row, Method method) {
  if (method != Method::get && !asker.writes) return false;
  if (row.scope == kAccess && !asker.handles_access) return false;
  if (asker.is_link) return row.link == Link::yes;
  switch (row.least) {
    case anybody:
      return true;
    case account:
      return asker.is_account;
    case person:
      return asker.is_person;
    default:
      return asker.role >= row.least;
  }
}

bool is_refusal(int status) { return status == 401 || status == 403 || status == 404; }

std::string number(const json::value& object, const char* field = "id") {
  return json::serialize(object.at(field));
}

struct EveryEndpointRightsTest : testing::Test {
  EveryEndpointRightsTest() {
    operator_full = every.personal_token(R"(["read","write","credentials"])");
    const auto owner_session = sign_up("owner");
    const auto member_session = sign_up("member");
    const auto reader_session = sign_up("reader");
    const auto stranger_session = sign_up("stranger");
    const auto guest_session = sign_up("guest");        // of the team, and asks nothing
    const auto outsider_session = sign_up("outsider");  // likewise, of none
    team = own_team(owner_session);
    join("member", member_session, owner_session, "member");
    join("read_only", reader_session, owner_session, "reader");
    join("member", guest_session, owner_session, "guest");
    other_team = number(ask_json(owner_session, Method::post, "/teams", R"({"name":"other"})"));
    account_in_team = number(ask_json(guest_session, Method::get, "/account"));
    account_elsewhere = number(ask_json(outsider_session, Method::get, "/account"));
    for (const char* name : {"shop", "moved", "unloved", "purged", "gone"})
      make_cache(name, owner_session);
    const auto shop = ask_json(owner_session, Method::get, "/caches/shop");
    const auto path = "/caches/" + number(shop);
    credential = number(ask_json(owner_session, Method::post, path + "/credentials", "{}"));
    ask_json(owner_session, Method::post, path + "/insight/prefixes", R"({"name":"p:"})");
    config = number(ask_json(owner_session, Method::post, path + "/alerts/configs",
                             R"({"delivery_type":"email","email":"a@example.org"})"));
    alert = number(ask_json(owner_session, Method::post, path + "/alerts",
                            R"({"trigger_type":"hit_rate","trigger_threshold":5})"));
    invitation = number(ask_json(owner_session, Method::post, "/teams/" + team + "/invitations",
                                 R"({"email":"later@example.org","role":"member"})"));
    every.ask(Method::remove, "/api/admin/v1/caches/" + caches.at("gone"), owner_session);

    list_askers({.reader = reader_session,
                 .member = member_session,
                 .owner = owner_session,
                 .stranger = stranger_session},
                shop);
  }

  struct Sessions {
    http::NamedValues reader = {};
    http::NamedValues member = {};
    http::NamedValues owner = {};
    http::NamedValues stranger = {};
  };
  void list_askers(const Sessions& sessions, const json::value& shop) {
    askers = {
        {.name = "a link session", .is_link = true, .proof = link_session(shop)},
        {.name = "a stranger", .is_account = true, .is_person = true, .proof = sessions.stranger},
        {.name = "a reader",
         .role = reader,
         .is_account = true,
         .is_person = true,
         .proof = sessions.reader},
        {.name = "a member",
         .role = member,
         .is_account = true,
         .is_person = true,
         .proof = sessions.member},
        {.name = "an owner's token to read",
         .role = owner,
         .is_account = true,
         .writes = false,
         .handles_access = false,
         .proof = token(sessions.owner, R"(["read"])")},
        {.name = "an owner's token to write",
         .role = owner,
         .is_account = true,
         .handles_access = false,
         .proof = token(sessions.owner, R"(["write"])")},
        {.name = "an owner's token",
         .role = owner,
         .is_account = true,
         .proof = token(sessions.owner, R"(["write","credentials"])")},
        {.name = "an owner",
         .role = owner,
         .is_account = true,
         .is_person = true,
         .proof = sessions.owner},
        {.name = "an operator's token to write",
         .role = operator_,
         .is_account = true,
         .handles_access = false,
         .proof = token(sign_in("op"), R"(["write"])")},
        {.name = "an operator's token",
         .role = operator_,
         .is_account = true,
         .proof = {{"Authorization", operator_full}}},
        {.name = "the operator token",
         .role = operator_,
         .proof = {EveryEndpoint::operator_token()}},
    };
  }

  // The session's headers.
  http::NamedValues sign_in(const std::string& name) {
    const auto answer = every.ask(Method::post, "/api/admin/v1/sign_in", {}, person_of(name));
    const std::string cookie(answer.header("Set-Cookie"));
    const std::string csrf(json::parse(answer.body).at("csrf_token").as_string());
    return {{"Cookie", cookie.substr(0, cookie.find(';'))}, {"X-CSRF-Token", csrf}};
  }
  http::NamedValues sign_up(const std::string& name) {
    every.ask(Method::post, "/api/admin/v1/sign_up", {}, person_of(name));
    return sign_in(name);
  }
  static std::string person_of(const std::string& name) {
    return R"({"email":")" + name + R"(@example.org","password":"correct horse battery"})";
  }
  json::value ask_json(const http::NamedValues& proof, Method method, const std::string& path,
                       const std::string& body = "") {
    const auto answer = every.ask(method, "/api/admin/v1" + path, proof, body);
    EXPECT_LT(answer.status, 300) << path << " " << answer.body;
    return json::parse(answer.body);
  }
  std::string own_team(const http::NamedValues& session) {
    return number(ask_json(session, Method::get, "/teams").at("teams").at(0));
  }
  void join(const std::string& role, const http::NamedValues& session,
            const http::NamedValues& inviting, const std::string& name) {
    const auto made = ask_json(inviting, Method::post, "/teams/" + team + "/invitations",
                               R"({"email":")" + name + R"(@example.org","role":")" + role + "\"}");
    const std::string link(made.at("link").as_string());
    ask_json(session, Method::post, "/invitations/accept",
             R"({"secret":")" + link.substr(link.find('#') + 1) + "\"}");
  }
  void make_cache(const std::string& name, const http::NamedValues& session) {
    caches[name] =
        number(ask_json(session, Method::post, "/caches",
                        R"({"plan":"dev","name":")" + name + R"(","team":)" + team + "}"));
  }
  http::NamedValues token(const http::NamedValues& session, const std::string& scopes) {
    const auto made = ask_json(session, Method::post, "/account/tokens",
                               R"({"name":"t","scopes":)" + scopes + "}");
    return {{"Authorization", "Bearer " + std::string(made.at("token").as_string())}};
  }
  http::NamedValues link_session(const json::value& cache) {
    const auto begun = every.ask(Method::get, std::string(cache.at("sso_path").as_string()), {});
    const std::string header(begun.header("Set-Cookie"));
    const std::string cookie = header.substr(0, header.find(';'));
    const auto me = every.ask(Method::get, "/api/admin/v1/me", {{"Cookie", cookie}});
    return {{"Cookie", cookie},
            {"X-CSRF-Token", std::string(json::parse(me.body).at("csrf_token").as_string())}};
  }

  std::string filled(std::string text, const Row& row) const {
    const bool is_of_operators =
        std::string_view(row.operation).find("/accounts/") != std::string::npos;
    const std::map<std::string, std::string> names = {
        {"{team}", team},
        {"{other_team}", other_team},
        {"{cache}", caches.at(row.cache)},
        {"{credential}", credential},
        {"{config}", config},
        {"{alert}", alert},
        {"{invitation}", invitation},
        {"{account}", is_of_operators ? account_elsewhere : account_in_team},
        {"{plan}", "100"},
        {"{cluster}", "1"},
        {"{quota}", "caches"},
        {"{prefix}", "1"}};
    for (const auto& [name, id] : names) {
      for (size_t at = text.find(name); at != std::string::npos; at = text.find(name)) {
        text.replace(at, name.size(), id);
      }
    }
    for (size_t at = text.find('{'); at != std::string::npos && text.front() == '/';
         at = text.find('{')) {
      text.replace(at, text.find('}', at) + 1 - at, "999999999");
    }
    return text;
  }
  http::Response ask(const Asker& asker, const Row& row) {
    const std::string_view operation = row.operation;
    const size_t space = operation.find(' ');
    const Method method = http::parse_method(operation.substr(0, space));
    const std::string target = filled(std::string(operation.substr(space + 1)) + row.query, row);
    return every.ask(method, target, asker.proof,
                     method == Method::get ? "" : filled(row.body, row));
  }
  static Method method_of(const Row& row) {
    const std::string_view operation = row.operation;
    return http::parse_method(operation.substr(0, operation.find(' ')));
  }
  void expect_allowed(const Asker& asker, const Row& row) {
    const auto answer = ask(asker, row);
    const bool is_absent = row.found == Found::maybe && answer.status == 404;
    EXPECT_TRUE(is_absent || !is_refusal(answer.status))
        << asker.name << ", " << row.operation << row.query << " " << row.body << ": "
        << answer.status << " " << answer.body;
  }

  // By each that may; of a change by one, for the next one would find it done.
  void expect_answered(const Row& row) {
    for (const Asker& asker : askers) {
      if (!may(asker, row, method_of(row))) continue;
      expect_allowed(asker, row);
      if (method_of(row) != Method::get) return;
    }
  }

  EveryEndpoint every;
  std::string operator_full;
  std::string team;
  std::string other_team;
  std::string account_in_team;
  std::string account_elsewhere;
  std::string credential;
  std::string config;
  std::string alert;
  std::string invitation;
  std::map<std::string, std::string> caches;
  std::vector<Asker> askers;
};

TEST_F(EveryEndpointRightsTest, HasARowAndEveryRowIsOfAnEndpoint) {
  std::set<std::string> without_row;
  std::set<std::string> of_no_endpoint(kOpen);
  of_no_endpoint.insert(kOperatorInPerson.begin(), kOperatorInPerson.end());
  for (const Row& row : kRows) of_no_endpoint.insert(row.operation);
  for (const CapabilityRow& row : kCapabilityRows) of_no_endpoint.insert(row.operation);
  const std::set<std::string> known = of_no_endpoint;
  for (const Operation& operation : every.operations()) {
    of_no_endpoint.erase(operation.name());
    if (!known.contains(operation.name())) without_row.insert(operation.name());
    const bool is_open = !operation.about.contains("security");
    EXPECT_EQ(is_open, kOpen.contains(operation.name())) << operation.name();
  }
  EXPECT_THAT(without_row, IsEmpty());
  EXPECT_THAT(of_no_endpoint, IsEmpty());
}

TEST_F(EveryEndpointRightsTest, RefusesWhoeverIsLessThanTheLeast) {
  const int64_t changes = every.changes_count();
  for (const Row& row : kRows) {
    for (const Asker& asker : askers) {
      if (may(asker, row, method_of(row))) continue;
      const auto answer = ask(asker, row);
      EXPECT_TRUE(is_refusal(answer.status))
          << asker.name << ", " << row.operation << row.query << " " << row.body << ": "
          << answer.status << " " << answer.body;
    }
  }
  EXPECT_EQ(every.changes_count(), changes);
}

TEST_F(EveryEndpointRightsTest, AnswersTheLeastThatMay) {
  // Those that read, then those that change, then those that delete; the last end who asks.
  const auto order = [](const Row& row) {
    const std::string_view operation = row.operation;
    if (operation.ends_with("/sign_out")) return 4;
    if (operation.find("/accounts/") != std::string::npos) return 3;
    if (operation.ends_with("/rotate_sso")) return 3;
    if (method_of(row) == Method::remove) return 2;
    return method_of(row) == Method::get ? 0 : 1;
  };
  for (int step = 0; step <= 4; ++step) {
    for (const Row& row : kRows) {
      if (order(row) == step) expect_answered(row);
    }
  }
}

TEST_F(EveryEndpointRightsTest, SupportIsGivenByAnOperatorInPerson) {
  const std::string path = "/api/admin/v1/accounts/" + account_elsewhere + "/support";
  for (const Asker& asker : askers) {
    EXPECT_TRUE(is_refusal(every.ask(Method::post, path, asker.proof, "{}").status)) << asker.name;
  }
  EXPECT_EQ(every.ask(Method::post, path, sign_in("op"), "{}").status, 200);
}

}  // namespace
}  // namespace cachery
