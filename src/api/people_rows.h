// The tables of the endpoints about people: one row an endpoint, answered by a method of the noun's
// class, or by a function that takes what they stand on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/admin.h"
#include "api/describe.h"
#include "http/status.h"

namespace cachery::api {

// What a personal token needs beside `write`. access: what it asks for gives somebody access or
// takes it away, or tells a secret, so the token has the scope `credentials`.
enum class Touches : uint8_t { nothing_secret, access };

// `Answer` is a pointer to a method or function: of the request and of who asks.
template <typename Answer>
struct PeopleRow {
  http::Method method = http::Method::get;
  const char* path = "";  // below kAdminBase
  const char* summary = "";
  Answer answer = {};
  http::Description (*describe)() = nullptr;
  http::Pace pace = http::Pace::quick;
  Touches touches = Touches::nothing_secret;
};

enum class For : uint8_t { everybody, operators };

// Each row reached by those only who prove who they are. `answers` is copied into each handler.
template <typename Answers, typename Rows>
std::vector<http::Endpoint> people_endpoints(const Principals& principals, const Answers& answers,
                                             const Rows& rows, For whom = For::everybody) {
  std::vector<http::Endpoint> endpoints;
  for (const auto& row : rows) {
    const auto handler = [answers, whom, ask = row.answer, touches = row.touches](
                             const http::Request& request, const Principal& principal) {
      Status allowed = whom == For::operators ? check_operator(principal) : Status();
      if (allowed && touches == Touches::access) allowed = check_handles_access(principal);
      return allowed ? std::invoke(ask, answers, request, principal)
                     : http::error_response(allowed.error());
    };
    endpoints.push_back({.method = row.method,
                         .path = std::string(kAdminBase) + row.path,
                         .summary = row.summary,
                         .handler = principals.guard(handler),
                         .pace = row.pace,
                         .description = describe_admin(row.method, row.path, row.describe())});
  }
  return endpoints;
}

}  // namespace cachery::api
