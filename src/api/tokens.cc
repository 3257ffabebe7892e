#include "api/tokens.h"

#include <fmt/format.h>

#include "api/people_rows.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using http::Description;
using http::Request;
using http::Response;

// Reading goes without saying, and may be said.
Result<control::TokenScopes> parse_scopes(const std::vector<std::string>& names) {
  control::TokenScopes scopes;
  for (const std::string& name : names) {
    if (name == "write") {
      scopes.write = true;
    } else if (name == "credentials") {
      scopes.credentials = true;
    } else if (name != "read") {
      return fail(Fault::invalid, fmt::format("there is no scope \"{}\": read, write, credentials",
                                              name.substr(0, 64)));
    }
  }
  return scopes;
}

Response create(const control::AccountsServices& accounts, const Request& request,
                const Principal& principal) {
  const auto id = person_of(principal);
  auto fields = read_fields(request);
  if (!id || !fields) return http::error_response(!id ? id.error() : fields.error());
  control::WantedToken wanted;
  wanted.name = fields->text("name").value_or("");
  const auto names = fields->texts("scopes").value_or(std::vector<std::string>{"read"});
  wanted.days = static_cast<uint32_t>(fields->number("expires_in_days", control::kTokenDaysMax)
                                          .value_or(control::kTokenDaysDefault));
  if (auto done = fields->finish(); !done) return http::error_response(done.error());
  const auto scopes = parse_scopes(names);
  if (!scopes) return http::error_response(scopes.error());
  wanted.scopes = *scopes;
  const auto made = accounts.tokens.create(principal.actor, *id, wanted);
  if (!made) return http::error_response(made.error());
  json::object out = to_json(made->token);
  out["token"] = made->secret;
  return http::json_response(201, out);
}

Response list(const control::AccountsServices& accounts, const Request&,
              const Principal& principal) {
  const auto id = account_of(principal);
  if (!id) return http::error_response(id.error());
  return respond_list("tokens", accounts.tokens.list(*id));
}

Response remove_token(const control::AccountsServices& accounts, const Request& request,
                      const Principal& principal) {
  const auto id = person_of(principal);
  const auto token = path_id(request, "token");
  if (!id || !token) return http::error_response(!id ? id.error() : token.error());
  return respond(accounts.tokens.remove(principal.actor, *id, *token));
}

using Row =
    PeopleRow<Response (*)(const control::AccountsServices&, const Request&, const Principal&)>;

Description describe_list() {
  return http::answers(200, schema::object({{"tokens", schema::list(token_schema())}}));
}

Description describe_create() {
  const auto scope = schema::choice({"read", "write", "credentials"});
  return http::answers(201, made_token_schema())
      .takes(schema::body({{"name", schema::text()},
                           {"scopes", schema::list(scope)},
                           {"expires_in_days", schema::integer(1, control::kTokenDaysMax)}},
                          {"name"}));
}

Description describe_gone() { return http::answers(204); }

using enum http::Method;

constexpr Row kRows[] = {
    {get, "/account/tokens", "One's API tokens, by their prefix", list, describe_list},
    {post, "/account/tokens", "Make one: name, scopes, expires_in_days", create, describe_create},
    {http::Method::remove, "/account/tokens/{token}", "Delete one", remove_token, describe_gone},
};

}  // namespace

std::vector<http::Endpoint> token_endpoints(const AccountsApi& api) {
  return people_endpoints(api.principals, std::cref(api.accounts), kRows);
}

}  // namespace cachery::api
