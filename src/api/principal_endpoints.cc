// /me of the admin API: who the service takes the caller for, and the token that changes by cookie
// must bring in the header X-CSRF-Token.
#include "api/admin.h"
#include "http/json.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;

http::Response show(const http::Request&, const Principal& principal) {
  json::array teams;
  for (const Membership& one : principal.memberships) {
    teams.push_back({{"id", one.team}, {"role", control::name_of(one.role)}});
  }
  const control::Actor& actor = principal.actor;
  const bool has_csrf = !principal.csrf_token.empty();
  return http::json_response(
      200, {{"kind", name_of(principal.kind)},
            {"id", actor.id == 0 ? json::value() : json::value(actor.id)},
            {"name", actor.name},
            {"teams", std::move(teams)},
            {"cache", principal.cache == 0 ? json::value() : json::value(principal.cache)},
            {"read_only", principal.scope == Scope::read_only},
            {"csrf_token", has_csrf ? json::value(principal.csrf_token) : json::value()}});
}

http::Description describe() {
  const auto team = schema::object(
      {{"id", schema::integer()}, {"role", schema::choice({"owner", "member", "read_only"})}});
  return http::answers(
      200, schema::object({{"kind", schema::choice({"operator", "account", "credential", "link"})},
                           {"id", schema::nullable(schema::integer())},
                           {"name", schema::text()},
                           {"teams", schema::list(team)},
                           {"cache", schema::nullable(schema::integer())},
                           {"read_only", schema::truth()},
                           {"csrf_token", schema::nullable(schema::text())}}));
}

}  // namespace

std::vector<AdminRow> principal_rows() {
  return {{http::Method::get, "/me", "Who you are to the service, and what you may see", show,
           describe()}};
}

}  // namespace cachery::api
