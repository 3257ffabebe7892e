// /me of the admin API: who the service takes the caller for, and the token that changes by cookie
// must bring in the header X-CSRF-Token. /caller is the same for a page that does not know yet
// whether anybody is signed in: a browser tells its person of every 401 as of a failure.
#include "api/admin.h"
#include "api/describe.h"
#include "http/json.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;

json::object to_json(const Principal& principal) {
  json::array teams;
  for (const Membership& one : principal.memberships) {
    teams.push_back({{"id", one.team}, {"role", control::name_of(one.role)}});
  }
  const control::Actor& actor = principal.actor;
  const bool has_csrf = !principal.csrf_token.empty();
  return {{"kind", name_of(principal.kind)},
          {"id", actor.id == 0 ? json::value() : json::value(actor.id)},
          {"name", actor.name},
          {"teams", std::move(teams)},
          {"cache", principal.cache == 0 ? json::value() : json::value(principal.cache)},
          {"read_only", principal.scope == Scope::read_only},
          {"csrf_token", has_csrf ? json::value(principal.csrf_token) : json::value()}};
}

http::Response show(const http::Request&, const Principal& principal) {
  return http::json_response(200, to_json(principal));
}

http::Schema me_schema() {
  const auto team = schema::object(
      {{"id", schema::integer()}, {"role", schema::choice({"owner", "member", "read_only"})}});
  return schema::named(
      "Me", schema::object({{"kind", schema::choice({"operator", "account", "credential", "link"})},
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
           http::answers(200, me_schema())}};
}

std::vector<http::Endpoint> caller_endpoints(const Principals& principals) {
  const auto show_caller = [principals](const http::Request& request) {
    const auto principal = principals.resolve(request);
    if (!principal && principal.error().fault != Fault::unauthorized) {
      return http::error_response(principal.error());
    }
    return http::json_response(
        200, {{"me", principal ? json::value(to_json(*principal)) : json::value()}});
  };
  const auto answer = schema::object({{"me", schema::nullable(me_schema())}});
  const std::string path = "/caller";
  return {{.path = std::string(kAdminBase) + path,
           .summary = "The same for whoever asks: null in place of a refusal",
           .handler = without_inner_words(show_caller),
           .description = describe_open(http::Method::get, path, http::answers(200, answer))}};
}

}  // namespace cachery::api
