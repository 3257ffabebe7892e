// Every endpoint with bad input: what is refused is refused with a documented status, and changes
// nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "every_endpoint_fixture.h"
#include "http/limits.h"

namespace cachery {
namespace {

namespace json = http::json;
using http::Method;
using testing::HasSubstr;
using testing::Not;

struct EveryEndpointTest : testing::Test {
  // A 4xx that is documented.
  void expect_refused(const Operation& operation, const http::Response& answer,
                      const std::string& what) {
    EXPECT_TRUE(answer.status >= 400 && answer.status < 500 && operation.answers(answer.status))
        << operation.name() << " with " << what << ": " << answer.status << " " << answer.body;
  }
  void expect_refused(const Operation& operation, const std::string& body,
                      const std::string& what) {
    const std::string path = EveryEndpoint::fill(operation, every.present());
    expect_refused(operation, every.ask(operation.method, path, every.proof(operation), body),
                   what + ": " + body);
  }

  EveryEndpoint every;
};

const json::object* body_schema(const Operation& operation) {
  const auto* body = operation.about.if_contains("requestBody");
  if (body == nullptr) return nullptr;
  return &body->at("content").at("application/json").at("schema").as_object();
}

// The JSON types that a schema admits: "string", "null", ...
void add_types(const json::object& schema, std::set<std::string>& types) {
  if (const auto* type = schema.if_contains("type")) types.emplace(type->as_string());
  if (const auto* any = schema.if_contains("anyOf")) {
    for (const auto& one : any->as_array()) add_types(one.as_object(), types);
  }
}

// A value of each type that the schema does not admit.
std::vector<std::string> wrong_values(const json::object& schema) {
  std::set<std::string> types;
  add_types(schema, types);
  const bool is_number = types.contains("integer") || types.contains("number");
  std::vector<std::string> values;
  if (!types.contains("object")) values.emplace_back(R"({"a":1})");
  if (!types.contains("array")) values.emplace_back("[7]");
  if (!types.contains("boolean") && !types.contains("string")) values.emplace_back("true");
  if (!is_number) values.emplace_back("7.5");
  if (!types.contains("string")) values.emplace_back(R"("seven")");
  if (is_number) values.insert(values.end(), {"-1", "1e300", "7.5"});
  return values;
}

TEST_F(EveryEndpointTest, IsDescribed) {
  EXPECT_GT(every.operations().size(), 60u);
  for (const Operation& operation : every.operations()) {
    const auto& answers = operation.about.at("responses").as_object();
    const bool has_success = std::ranges::any_of(answers, [](const auto& one) {
      return one.key().starts_with('2') || one.key().starts_with('3');
    });
    EXPECT_TRUE(has_success) << operation.name() << " has no description in its row";
    EXPECT_NE(operation.about.at("summary"), "") << operation.name();
  }
}

TEST_F(EveryEndpointTest, WithoutAProofOrWithAWrongOneAnswersNobody) {
  const std::vector<http::NamedValues> proofs = {
      {},
      {{"Authorization", "Bearer wrong"}},
      {{"Authorization", "Basic d3Jvbmc6d3Jvbmc="}},
      {{"Authorization", "Basic !!!!"}},
      {{"Cookie", "cachery_session=wrong; cachery_link=wrong"}}};
  for (const Operation& operation : every.operations()) {
    if (!operation.about.contains("security")) continue;
    for (const auto& proof : proofs) {
      const std::string path = EveryEndpoint::fill(operation, every.present());
      const auto answer = every.ask(operation.method, path, proof);
      EXPECT_TRUE(answer.status == 401 || answer.status == 403)
          << operation.name() << ": " << answer.status;
      expect_refused(operation, answer, "no good proof");
    }
  }
}

TEST_F(EveryEndpointTest, RefusesABodyThatIsNoObjectOfJson) {
  const int64_t changes = every.changes_count();
  for (const Operation& operation : every.operations()) {
    if (body_schema(operation) == nullptr) continue;
    for (const char* body : {"{", "{\"a\":}", "{} {}", "{\"\xff\":1}"}) {
      expect_refused(operation, body, "no JSON");
    }
    if (operation.path.starts_with("/api/v1/")) continue;  // a form is as good there
    for (const char* body : {"[]", "7", "\"text\"", "null", "name=form"}) {
      expect_refused(operation, body, "no object");
    }
  }
  EXPECT_EQ(every.changes_count(), changes);
}

TEST_F(EveryEndpointTest, RefusesFieldsOfTheWrongTypeAndThoseThatAreUnknownOrMissing) {
  const int64_t changes = every.changes_count();
  int asked = 0;
  for (const Operation& operation : every.operations()) {
    const json::object* schema = body_schema(operation);
    if (schema == nullptr) continue;
    for (const auto& [name, about] : schema->at("properties").as_object()) {
      for (const std::string& value : wrong_values(about.as_object())) {
        expect_refused(operation, fmt::format(R"({{"{}":{}}})", std::string(name), value), "type");
        ++asked;
      }
    }
    if (schema->contains("additionalProperties")) {
      expect_refused(operation, R"({"no_such_field":1})", "an unknown field");
    }
    if (schema->contains("required")) expect_refused(operation, "{}", "nothing of what is needed");
  }
  EXPECT_GT(asked, 100);
  EXPECT_EQ(every.changes_count(), changes);
}

TEST_F(EveryEndpointTest, RefusesQueriesOfTheWrongType) {
  for (const Operation& operation : every.operations()) {
    for (const auto& parameter : operation.about.at("parameters").as_array()) {
      const auto& schema = parameter.at("schema").as_object();
      const auto* type = schema.if_contains("type");
      if (parameter.at("in") != "query" || type == nullptr || *type == "string") continue;
      const std::string path = EveryEndpoint::fill(operation, every.present()) + "?" +
                               std::string(parameter.at("name").as_string()) + "=";
      for (const char* value : {"seven", "-1", "1.5", "99999999999999999999", "%00", ""}) {
        expect_refused(operation, every.ask(operation.method, path + value, every.proof(operation)),
                       path + value);
      }
    }
  }
}

TEST_F(EveryEndpointTest, FindsNothingByAnIdThatThereIsNot) {
  const int64_t changes = every.changes_count();
  for (const Operation& operation : every.operations()) {
    if (operation.path.find('{') == std::string::npos) continue;
    for (const char* id : {"999999999", "0", "-1", "no-such", "99999999999999999999", "%00", "%ff",
                           "%F0%9F%A6%8A", "a%2Fb"}) {
      EveryEndpoint::Names names;
      for (const char* name : {"cache", "cache_id", "plan", "cluster", "secret"}) {
        names.emplace_back(name, id);
      }
      const std::string path = EveryEndpoint::fill(operation, names);
      expect_refused(operation, every.ask(operation.method, path, every.proof(operation)), path);
    }
  }
  EXPECT_EQ(every.changes_count(), changes);
}

TEST_F(EveryEndpointTest, TellsNothingOfSomebodyElsesCacheToACredential) {
  const int64_t changes = every.changes_count();
  const std::string id = json::serialize(every.other().at("id"));
  for (const Operation& operation : every.operations()) {
    if (!operation.is_of_cache() || !operation.is_opened_by("credential")) continue;
    const std::string path =
        EveryEndpoint::fill(operation, {{"cache_id", id}, {"username", "first"}});
    const auto answer = every.ask(operation.method, path, every.proof(operation), "{}");
    EXPECT_EQ(answer.status, operation.path.starts_with("/api/v1/") ? 403 : 404)
        << operation.name();
    EXPECT_THAT(answer.body, Not(HasSubstr("somebody-elses"))) << operation.name();
  }
  EXPECT_EQ(every.changes_count(), changes);
}

TEST_F(EveryEndpointTest, TellsNothingOfSomebodyElsesCacheToALinkSession) {
  const auto begun =
      every.ask(Method::get, std::string(every.mine().at("sso_path").as_string()), {});
  const std::string cookie(
      begun.header("Set-Cookie").substr(0, begun.header("Set-Cookie").find(';')));
  const auto me = every.ask(Method::get, "/api/admin/v1/me", {{"Cookie", cookie}});
  const std::string token(json::parse(me.body).at("csrf_token").as_string());
  const int64_t changes = every.changes_count();
  const std::string id = json::serialize(every.other().at("id"));
  for (const Operation& operation : every.operations()) {
    if (!operation.is_of_cache() || !operation.is_opened_by("link")) continue;
    const std::string path = EveryEndpoint::fill(operation, {{"cache", id}});
    const auto answer =
        every.ask(operation.method, path, {{"Cookie", cookie}, {"X-CSRF-Token", token}});
    EXPECT_EQ(answer.status, 404) << operation.name() << answer.body;
    EXPECT_THAT(answer.body, Not(HasSubstr("somebody-elses"))) << operation.name();
  }
  EXPECT_EQ(every.changes_count(), changes);
}

TEST_F(EveryEndpointTest, RefusesABodyAboveTheLimit) {
  const std::string body = "{\"name\":\"" + std::string(http::kBodyBytesMax, 'x') + "\"}";
  const int64_t changes = every.changes_count();
  for (const Operation& operation : every.operations()) {
    if (operation.is_read()) continue;
    const std::string path = EveryEndpoint::fill(operation, every.present());
    EXPECT_EQ(every.ask(operation.method, path, every.proof(operation), body).status, 413)
        << operation.name();
  }
  EXPECT_EQ(every.changes_count(), changes);
}

}  // namespace
}  // namespace cachery
