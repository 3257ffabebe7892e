#include "api/v2.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/cookie.h"
#include "api/describe.h"
#include "api/query.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "http/json.h"
#include "http/status.h"

namespace cachery::api {
namespace {

Result<ApiCredential> admit(const BasicLogin& login, const http::Request& request) {
  auto caller = login.check(request);
  if (!caller) return caller;
  const auto id = path_number(request, "cache_id");
  if (!id) return std::unexpected(id.error());
  if (*id != caller->cache) {
    return fail(Fault::not_found, fmt::format("there is no cache {} for this credential", *id));
  }
  return caller;
}

tenant::Capabilities needs_of(const V2Row& row) {
  if (row.needs) return *row.needs;
  return {.write = !is_read(row.method), .flush = false};
}

Status check_needs(const ApiCredential& caller, const tenant::Capabilities& needs) {
  if (control::covers(caller.capabilities, needs)) return {};
  const bool is_write = needs.write && !caller.capabilities.write;
  return fail(Fault::forbidden, fmt::format("this credential lacks the capability {}: use one that "
                                            "has it",
                                            is_write ? "write" : "flush"));
}

// A '+' that was not percent-encoded is a space by the time it arrives: of "+01:00", it is a plus.
Result<int64_t> time_of(const http::Request& request, std::string_view name, int64_t otherwise) {
  std::string text(query_value(request, name).value_or(""));
  if (text.empty()) return otherwise;
  const size_t space = text.rfind(' ');
  if (space != std::string::npos && space > std::string_view("2023-01-10 ").size()) {
    text[space] = '+';
  }
  if (const auto time = parse_rfc3339(text)) return *time;
  return fail(Fault::invalid, fmt::format("{} is \"{}\": write a time as 2023-01-10T15:20:00Z "
                                          "(RFC 3339)",
                                          name, text));
}

}  // namespace

std::vector<http::Endpoint> v2_endpoints(const BasicLogin& login, std::vector<V2Row> rows) {
  std::vector<http::Endpoint> endpoints;
  for (V2Row& row : rows) {
    const auto handler = [&login, needs = needs_of(row),
                          answer = std::move(row.answer)](const http::Request& request) {
      const auto caller = admit(login, request);
      if (!caller) return v2_error(caller.error());
      if (auto may = check_needs(*caller, needs); !may) return v2_error(may.error());
      const uint32_t wait = login.take_rate(*caller, request.method);
      return wait == 0 ? answer({request, *caller}) : v2_too_many(wait);
    };
    endpoints.push_back({.method = row.method,
                         .path = std::string(kV2Base) + row.path,
                         .summary = row.summary,
                         .handler = handler,
                         .description = describe_v2(std::move(row.description))});
  }
  return endpoints;
}

http::Response v2_error(int status, std::string_view message) {
  auto response =
      http::json_response(status, {{"error", {{"code", status}, {"message", message}}}});
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"Cachery\"");
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

http::Response v2_too_many(uint32_t wait_seconds) {
  http::Response response = v2_error(429, rate_message(wait_seconds));
  response.headers.emplace_back("Retry-After", std::to_string(wait_seconds));
  return response;
}

http::Response v2_error(const Error& error) {
  const int status = http::status_of(error.fault);
  if (status < 500) return v2_error(status, error.detail);
  log::error("api_failed", {{"detail", error.detail}});
  return v2_error(status,
                  status == 503 ? "The service cannot answer now: try again" : "Server error");
}

Result<uint64_t> path_number(const http::Request& request, std::string_view name) {
  const std::string_view text = request.parameter(name);
  if (const auto number = parse_number(text)) return *number;
  return fail(Fault::invalid, fmt::format("the id \"{}\" is not a number", text));
}

Result<control::TimeWindow> window_of(const http::Request& request, int64_t now_unix_seconds,
                                      const WindowNames& names) {
  const auto end = time_of(request, names.end, now_unix_seconds);
  if (!end) return std::unexpected(end.error());
  const auto start = time_of(request, names.start, *end - control::kDaySeconds);
  if (!start) return std::unexpected(start.error());
  if (*start <= *end) {
    return control::TimeWindow{std::min(*start, now_unix_seconds),
                               std::min(*end, now_unix_seconds)};
  }
  return fail(Fault::invalid, fmt::format("{} {} is after {} {}", names.start,
                                          format_rfc3339(*start), names.end, format_rfc3339(*end)));
}

}  // namespace cachery::api
