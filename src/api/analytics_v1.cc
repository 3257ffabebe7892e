#include "api/analytics_v1.h"

#include <algorithm>
#include <charconv>

#include "api/describe.h"
#include "base/log.h"
#include "base/utf8.h"
#include "http/status.h"
#include "http/target.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::OpenCredential;
using http::answers;
using http::Description;
using http::Method;
using http::Request;
using http::Response;
using tenant::CounterKind;

// The documented texts.
constexpr const char* kForbidden = "You are not authorized to perform this action.";
constexpr const char* kServerError = "Server error";

constexpr control::Resolution kHistory = control::kCounterResolutions[1];

Response plain(int status, std::string_view text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = to_utf8(text)};
}

Response error_text(const Error& error) {
  const int status = http::status_of(error.fault);
  // The last credential and the primary one are not to be deleted: "not authorized", too.
  if (status == 401 || status == 403 || status == 409) return plain(403, kForbidden);
  if (status < 500) return plain(status, error.detail);
  log::error("api_failed", {{"detail", error.detail}});
  return plain(status, kServerError);
}

Response too_many_text(uint32_t wait_seconds) {
  Response response = plain(429, rate_message(wait_seconds));
  response.headers.emplace_back("Retry-After", std::to_string(wait_seconds));
  return response;
}

// The document wants the servers that failed to be named.
Response node_error_text(const Error& error, const ServiceAddresses& addresses) {
  const int status = http::status_of(error.fault);
  if (status < 500) return error_text(error);
  log::error("api_failed", {{"detail", error.detail}});
  std::string names;
  for (const std::string& server : addresses.servers) {
    names += (names.empty() ? "" : ",") + server;
  }
  return plain(status, std::string(kServerError) + ": " + names);
}

enum class ShowPassword { no, yes };

json::object to_json(const OpenCredential& credential, ShowPassword shows_password) {
  const control::CredentialRecord& record = credential.record;
  json::object shown{{"cache_id", record.cache},
                     {"id", record.id},
                     {"sasl_username", record.username},
                     {"uuid", nullptr},
                     {"primary", record.is_primary},
                     {"flush_capability", record.capabilities.flush},
                     {"write_capability", record.capabilities.write},
                     {"api_capability", record.capabilities.api}};
  if (shows_password == ShowPassword::yes) shown["sasl_password"] = credential.password;
  return shown;
}

Result<bool> truth_of(std::string_view name, std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return fail(Fault::invalid, std::string(name) + " must be true or false");
}

// What was not said is true.
struct Capabilities {
  bool write = true;
  bool flush = true;
  bool api = true;

  Status set(std::string_view name, std::string_view text) {
    const auto truth = truth_of(name, text);
    if (!truth) return std::unexpected(truth.error());
    if (name == "write_capability") {
      write = *truth;
    } else if (name == "flush_capability") {
      flush = *truth;
    } else if (name == "api_capability") {
      api = *truth;
    } else {
      return fail(Fault::invalid, "there is no parameter " + std::string(name));
    }
    return {};
  }
};

Status set_from_json(std::string_view body, Capabilities& capabilities) {
  const auto object = http::parse_object(body);
  if (!object) return std::unexpected(object.error());
  for (const auto& field : *object) {
    const auto& value = field.value();
    std::string text;
    if (const json::string* string = value.if_string()) {
      text.assign(string->begin(), string->end());
    } else if (const bool* truth = value.if_bool()) {
      text = *truth ? "true" : "false";
    }
    const std::string name(field.key().begin(), field.key().end());
    if (auto set = capabilities.set(name, text); !set) return set;
  }
  return {};
}

Status set_from_form(const http::NamedValues& values, Capabilities& capabilities) {
  for (const auto& [name, text] : values) {
    if (auto set = capabilities.set(name, text); !set) return set;
  }
  return {};
}

// curl -d says that JSON is a form, so the body itself says what it is.
Result<Capabilities> read_capabilities(const Request& request) {
  Capabilities capabilities;
  if (auto set = set_from_form(request.query, capabilities); !set) {
    return std::unexpected(set.error());
  }
  const size_t first = request.body.find_first_not_of(" \t\r\n");
  Status set;
  if (first != std::string::npos && request.body[first] == '{') {
    set = set_from_json(request.body, capabilities);
  } else if (first != std::string::npos) {
    const auto form = http::parse_target("/?" + request.body);
    if (!form) return fail(Fault::invalid, "the body is neither JSON nor a form");
    set = set_from_form(form->query, capabilities);
  }
  if (!set) return std::unexpected(set.error());
  return capabilities;
}

struct Call {
  const Request& request;
  const ApiCredential& caller;
};

class AnalyticsV1 {
 public:
  explicit AnalyticsV1(const AnalyticsV1Services& services) : services_(services) {}

  // The handler, reached by those only who may use the API of the cache in the path.
  http::Handler guard(Response (AnalyticsV1::*answer)(const Call&) const) const {
    return [self = *this, answer](const Request& request) {
      const auto caller = self.services_.login.check(request);
      if (!caller) return error_text(caller.error());
      const std::string_view id = request.parameter("cache_id");
      if (!id.empty() && id != std::to_string(caller->cache)) return plain(403, kForbidden);
      const uint32_t wait = self.services_.login.take_rate(*caller, request.method);
      if (wait > 0) return too_many_text(wait);
      return (self.*answer)({request, *caller});
    };
  }

  Response login(const Call& call) const {
    return http::json_response(200, {{"cache_id", call.caller.cache}});
  }

  Response stats(const Call& call) const {
    const auto values = services_.history.node.counters(call.caller.cache);
    if (!values) return node_error_text(values.error(), services_.history.addresses);
    const int64_t now = services_.history.clock.now().unix_seconds;
    return http::json_response(
        200, {{server_name(services_.history.addresses, 0), documented_stats(*values, now)}});
  }

  Response history(const Call& call) const;

  Response flush(const Call& call) const {
    if (!call.caller.capabilities.flush) return plain(403, kForbidden);
    const auto flushed = services_.caches.flush(call.caller.actor, call.caller.cache);
    return flushed ? plain(200, "") : node_error_text(flushed.error(), services_.history.addresses);
  }

  Response list_credentials(const Call& call) const {
    const auto all = services_.credentials.list(call.caller.cache);
    if (!all) return error_text(all.error());
    json::array shown;
    for (const OpenCredential& one : *all) shown.push_back(to_json(one, ShowPassword::no));
    return http::json_response(200, shown);
  }

  Response create_credential(const Call& call) const {
    const auto created = services_.credentials.create(call.caller.caller(), call.caller.cache, {});
    if (!created) return error_text(created.error());
    return http::json_response(200, to_json(*created, ShowPassword::yes));
  }

  Response update_credential(const Call& call) const {
    const auto wanted = read_capabilities(call.request);
    if (!wanted) return error_text(wanted.error());
    const auto id = credential_id(call);
    if (!id) return error_text(id.error());
    const auto updated = services_.credentials.update(
        call.caller.caller(), call.caller.cache, *id,
        {.write = wanted->write, .flush = wanted->flush, .api = wanted->api});
    if (!updated) return error_text(updated.error());
    return http::json_response(200, {{"flush_capability", wanted->flush},
                                     {"write_capability", wanted->write},
                                     {"api_capability", wanted->api}});
  }

  Response promote_credential(const Call& call) const {
    const auto id = credential_id(call);
    if (!id) return error_text(id.error());
    const auto promoted =
        services_.credentials.promote(call.caller.caller(), call.caller.cache, *id);
    if (!promoted) return error_text(promoted.error());
    return http::json_response(200, to_json(*promoted, ShowPassword::no));
  }

  Response delete_credential(const Call& call) const {
    const auto id = credential_id(call);
    if (!id) return error_text(id.error());
    const auto removed = services_.credentials.remove(call.caller.caller(), call.caller.cache, *id);
    return removed ? plain(200, "") : error_text(removed.error());
  }

 private:
  // Of the path's {credential}: its username, or its id. Usernames are six hex digits, so one may
  // look like an id: it is a username then.
  Result<control::CredentialId> credential_id(const Call& call) const {
    const std::string_view text = call.request.parameter("credential");
    const auto all = services_.credentials.list(call.caller.cache);
    if (!all) return std::unexpected(all.error());
    for (const OpenCredential& one : *all) {
      if (one.record.username == text) return one.record.id;
    }
    for (const OpenCredential& one : *all) {
      if (std::to_string(one.record.id) == text) return one.record.id;
    }
    return fail(Fault::not_found, "No credential found.");
  }

  AnalyticsV1Services services_;
};

// The counters as `stats` would have shown them then: today's, less what was counted since. Not
// less than 0, for statistics may have been reset in between.
Response AnalyticsV1::history(const Call& call) const {
  const HistoryServices& history = services_.history;
  const int64_t now = history.clock.now().unix_seconds;
  auto values = history.node.counters(call.caller.cache);
  if (!values) return node_error_text(values.error(), history.addresses);
  const auto nodes =
      history.reader.spans(call.caller.cache, {now - control::kDaySeconds, now}, kHistory);
  if (!nodes) return error_text(nodes.error());
  const std::string server = server_name(history.addresses, 0);
  const std::string host = server.substr(0, server.rfind(':'));
  std::vector<control::SpanPoint> points = merged(*nodes);
  std::ranges::reverse(points);
  json::array shown;
  for (const control::SpanPoint& point : points) {
    tenant::CounterValues then = *values;
    for (size_t i = 0; i < tenant::kCounterCount; ++i) {
      const auto value = static_cast<uint64_t>(point.span.values[i]);
      if (tenant::kCounters[i].kind == CounterKind::gauge) {
        then.values[i] = value;
      } else {
        values->values[i] -= std::min(value, values->values[i]);
      }
    }
    const int64_t time = std::min(point.start + kHistory.step_seconds, now);
    shown.push_back({{"memcachier_id", std::to_string(call.caller.cache)},
                     {"server", host},
                     {"stats", documented_stats(then, time)},
                     {"timestamp", std::to_string(time * 1000)}});
  }
  std::ranges::reverse(shown);
  return http::without_secrets(http::json_response(200, shown));
}

struct Row {
  Method method;
  const char* path;
  const char* summary;
  Response (AnalyticsV1::*answer)(const Call&) const;
  Description (*describe)();
};

schema::Fields credential_fields() {
  return {{"cache_id", schema::integer()},       {"id", schema::integer()},
          {"sasl_username", schema::text()},     {"uuid", schema::nullable(schema::text())},
          {"primary", schema::truth()},          {"flush_capability", schema::truth()},
          {"write_capability", schema::truth()}, {"api_capability", schema::truth()}};
}

http::Schema credential_schema() {
  return schema::named("V1Credential", schema::object(credential_fields()));
}

Description describe_login() {
  return answers(200, schema::object({{"cache_id", schema::integer()}}));
}

Description describe_stats() { return answers(200, schema::map_of(documented_stats_schema())); }

Description describe_history() {
  return answers(200, schema::list(schema::object({{"memcachier_id", schema::text()},
                                                   {"server", schema::text()},
                                                   {"stats", documented_stats_schema()},
                                                   {"timestamp", schema::text_like("^[0-9]+$")}})));
}

Description describe_done() { return http::answers_text(200, "text/plain"); }
Description describe_list() { return answers(200, schema::list(credential_schema())); }
Description describe_one() { return answers(200, credential_schema()); }

Description describe_made() {
  schema::Fields fields = credential_fields();
  fields.push_back({"sasl_password", schema::text()});
  return answers(200, schema::object(std::move(fields)));
}

// A capability may be told in the query, in JSON or as a form, as a truth or a text: the documents
// have it all.
Description describe_update() {
  const auto told = [] {
    return schema::any_of({schema::truth(), schema::text_like("^(true|false|1|0)$")});
  };
  http::Schema body = schema::object(
      {{"flush_capability", told()}, {"write_capability", told()}, {"api_capability", told()}});
  body.keywords.erase("required");
  return answers(200, schema::object({{"flush_capability", schema::truth()},
                                      {"write_capability", schema::truth()},
                                      {"api_capability", schema::truth()}}))
      .takes(std::move(body));
}

using enum Method;

constexpr Row kRows[] = {
    {get, "/api/login", "The id of the credential's cache", &AnalyticsV1::login, describe_login},
    {get, "/api/v1/login", "The id of the credential's cache", &AnalyticsV1::login, describe_login},
    {get, "/api/v1/{cache_id}/stats", "The cache's counters, by server", &AnalyticsV1::stats,
     describe_stats},
    {get, "/api/v1/{cache_id}/history", "The counters of the last day", &AnalyticsV1::history,
     describe_history},
    {post, "/api/v1/{cache_id}/flush", "Remove every item", &AnalyticsV1::flush, describe_done},
    {get, "/api/v1/{cache_id}/credentials", "The cache's credentials, without passwords",
     &AnalyticsV1::list_credentials, describe_list},
    {post, "/api/v1/{cache_id}/credentials", "Make a credential", &AnalyticsV1::create_credential,
     describe_made},
    {patch, "/api/v1/{cache_id}/credentials/{credential}", "Change what a credential may",
     &AnalyticsV1::update_credential, describe_update},
    {post, "/api/v1/{cache_id}/credentials/{credential}", "Change what a credential may",
     &AnalyticsV1::update_credential, describe_update},
    {post, "/api/v1/{cache_id}/credentials/primary/{credential}",
     "Make a credential the primary one", &AnalyticsV1::promote_credential, describe_one},
    {Method::remove, "/api/v1/{cache_id}/credentials/{credential}", "Delete a credential",
     &AnalyticsV1::delete_credential, describe_done},
    {Method::remove, "/api/v1/{cache_id}/credentials/primary/{credential}", "Delete a credential",
     &AnalyticsV1::delete_credential, describe_done},
};

}  // namespace

std::vector<http::Endpoint> analytics_v1_endpoints(const AnalyticsV1Services& services) {
  std::vector<http::Endpoint> endpoints;
  const AnalyticsV1 v1(services);
  for (const Row& row : kRows) {
    endpoints.push_back({.method = row.method,
                         .path = row.path,
                         .summary = row.summary,
                         .handler = v1.guard(row.answer),
                         .description = describe_v1(row.describe())});
  }
  return endpoints;
}

}  // namespace cachery::api
