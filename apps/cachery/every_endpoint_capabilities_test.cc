// Every endpoint of the analytics API with a credential that lacks something: what it lacks no
// endpoint gives it. Its twin for people, tokens and operators: every_endpoint_rights_test.cc.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "every_endpoint_fixture.h"
#include "every_endpoint_rights.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;
using namespace rights;

bool is_refusal(int status) { return status == 401 || status == 403 || status == 404; }

std::string number(const json::value& object) { return json::serialize(object.at("id")); }

struct CapabilitiesTest : testing::Test {
  json::value make(const std::string& capabilities) {
    return every.ask_json(Method::post, path + "/credentials", capabilities);
  }
  http::Response ask(const json::value& who, const CapabilityRow& row, const json::value& other) {
    const std::string_view operation = row.operation;
    const size_t space = operation.find(' ');
    Operation asked{.method = http::parse_method(operation.substr(0, space)),
                    .path = std::string(operation.substr(space + 1)),
                    .about = {}};
    auto names = every.present();
    names.emplace_back("credential", number(other));
    names.emplace_back("username", std::string(other.at("username").as_string()));
    return every.ask(asked.method, EveryEndpoint::fill(asked, names),
                     {{"Authorization", EveryEndpoint::basic(who)}}, row.body);
  }

  EveryEndpoint every;
  const std::string path = "/api/admin/v1/caches/" + number(every.mine());
  const char* nothing = R"({"write":false,"flush":false,"api":false})";
  struct Credential {
    bool write = false;
    bool flush = false;
    json::value made = {};
  };
  std::vector<Credential> credentials = {
      {false, false, make(R"({"write":false,"flush":false,"api":true})")},
      {true, false, make(R"({"write":true,"flush":false,"api":true})")},
      {false, true, make(R"({"write":false,"flush":true,"api":true})")},
      {true, true, every.mine()}};
  json::value without_api = make(R"({"api":false})");
};

TEST_F(CapabilitiesTest, WhatACredentialLacksNoEndpointGivesIt) {
  const json::value other = make(nothing);
  const int64_t changes = every.changes_count();
  for (const CapabilityRow& row : kCapabilityRows) {
    EXPECT_EQ(ask(without_api, row, other).status, 403) << row.operation;
    for (const Credential& one : credentials) {
      if ((one.write || !row.write) && (one.flush || !row.flush)) continue;
      const auto answer = ask(one.made, row, other);
      EXPECT_EQ(answer.status, 403) << row.operation << " " << row.body << " write " << one.write
                                    << " flush " << one.flush << " " << answer.body;
    }
  }
  EXPECT_EQ(every.changes_count(), changes);
}

TEST_F(CapabilitiesTest, WhatACredentialHasIsEnough) {
  for (const CapabilityRow& row : kCapabilityRows) {
    const json::value other = make(nothing);
    for (const Credential& one : credentials) {
      if ((row.write && !one.write) || (row.flush && !one.flush)) continue;
      const auto answer = ask(one.made, row, other);
      const bool is_absent = row.found == Found::maybe && answer.status == 404;
      EXPECT_TRUE(is_absent || !is_refusal(answer.status))
          << row.operation << " " << row.body << " write " << one.write << " flush " << one.flush
          << ": " << answer.status << " " << answer.body;
      break;
    }
    // One that was promoted makes room for the next.
    every.ask(Method::post, path + "/credentials/" + number(every.mine()) + "/promote",
              {EveryEndpoint::operator_token()});
  }
}

}  // namespace
}  // namespace cachery
