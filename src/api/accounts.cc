#include "api/accounts.h"

#include "api/people_rows.h"
#include "api/session.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using http::Description;
using http::Request;
using http::Response;

Response codes_response(const Result<std::vector<std::string>>& codes) {
  if (!codes) return http::error_response(codes.error());
  return http::json_response(200, {{"recovery_codes", json::value_from(*codes)}});
}

class AccountApi {
 public:
  explicit AccountApi(const AccountsApi& api) : accounts_(api.accounts) {}

  Response show(const Request&, const Principal& principal) const {
    const auto id = account_of(principal);
    if (!id) return http::error_response(id.error());
    return respond_one(accounts_.accounts.find(*id));
  }

  Response update(const Request& request, const Principal& principal) const {
    const auto id = account_of(principal);
    auto fields = read_fields(request);
    if (!id || !fields) return http::error_response(!id ? id.error() : fields.error());
    const auto name = required(fields->text("name"), "name");
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    if (!name) return http::error_response(name.error());
    return respond_one(accounts_.accounts.rename(principal.actor, *id, *name));
  }

  Response list_sessions(const Request& request, const Principal& principal) const {
    const auto id = account_of(principal);
    if (!id) return http::error_response(id.error());
    const auto all = accounts_.sessions.list(*id);
    const auto present = present_session(request);
    if (!all || !present) return http::error_response(!all ? all.error() : present.error());
    json::array out;
    for (const auto& one : *all) {
      json::object session = to_json(one);
      session["current"] = one.id == *present;
      out.push_back(std::move(session));
    }
    return http::json_response(200, {{"sessions", std::move(out)}});
  }

  Response end_session(const Request& request, const Principal& principal) const {
    const auto id = person_of(principal);
    const auto session = path_id(request, "session");
    if (!id || !session) return http::error_response(!id ? id.error() : session.error());
    return respond(accounts_.sessions.revoke(principal.actor, *id, *session));
  }

  Response end_other_sessions(const Request& request, const Principal& principal) const {
    const auto id = person_of(principal);
    const auto present = present_session(request);
    if (!id || !present) return http::error_response(!id ? id.error() : present.error());
    return respond(accounts_.sessions.revoke_others(principal.actor, *id, *present));
  }

  Response show_second_factor(const Request&, const Principal& principal) const {
    const auto id = account_of(principal);
    if (!id) return http::error_response(id.error());
    const auto account = accounts_.accounts.find(*id);
    const auto codes = accounts_.second_factor.count_recovery_codes(*id);
    if (!account || !codes) return http::error_response(!account ? account.error() : codes.error());
    return http::json_response(
        200, {{"enabled", account->has_second_factor}, {"recovery_codes_left", *codes}});
  }

  Response begin_second_factor(const Request&, const Principal& principal) const {
    const auto id = person_of(principal);
    if (!id) return http::error_response(id.error());
    const auto key = accounts_.second_factor.begin(principal.actor, *id);
    if (!key) return http::error_response(key.error());
    return http::json_response(200, {{"key", key->key}, {"uri", key->uri}});
  }

  Response enable_second_factor(const Request& request, const Principal& principal) const {
    const auto id = person_of(principal);
    const auto code = only_field(request, "code");
    if (!id || !code) return http::error_response(!id ? id.error() : code.error());
    return codes_response(accounts_.second_factor.enable(principal.actor, *id, *code));
  }

  Response remove_second_factor(const Request& request, const Principal& principal) const {
    const auto id = person_of(principal);
    const auto password = only_field(request, "password");
    if (!id || !password) return http::error_response(!id ? id.error() : password.error());
    const auto attempt = attempt_of(request, principal);
    if (const auto wait = accounts_.limits.take(attempt); wait > 0) return too_many(wait);
    const auto done = accounts_.second_factor.disable(principal.actor, *id, *password);
    if (done) accounts_.limits.give_back(attempt);
    return respond(done);
  }

  Response renew_recovery_codes(const Request& request, const Principal& principal) const {
    const auto id = person_of(principal);
    const auto password = only_field(request, "password");
    if (!id || !password) return http::error_response(!id ? id.error() : password.error());
    const auto attempt = attempt_of(request, principal);
    if (const auto wait = accounts_.limits.take(attempt); wait > 0) return too_many(wait);
    const auto codes =
        accounts_.second_factor.renew_recovery_codes(principal.actor, *id, *password);
    if (codes) accounts_.limits.give_back(attempt);
    return codes_response(codes);
  }

 private:
  // A guess at the password counts as one at the door.
  static control::Attempt attempt_of(const Request& request, const Principal& principal) {
    return {control::Attempted::sign_in, request.peer, principal.actor.name};
  }

  static Result<std::string> only_field(const Request& request, std::string_view name) {
    auto fields = read_fields(request);
    if (!fields) return std::unexpected(fields.error());
    auto text = required(fields->text(name), name);
    if (auto done = fields->finish(); !done) return std::unexpected(done.error());
    return text;
  }

  // 0: it is none's, but a token's.
  Result<control::SessionId> present_session(const Request& request) const {
    const auto found = accounts_.sessions.find(session_secret_of(request));
    if (!found) return std::unexpected(found.error());
    return *found ? (*found)->session.id : control::SessionId{0};
  }

  control::AccountsServices& accounts_;
};

using Row = PeopleRow<Response (AccountApi::*)(const Request&, const Principal&) const>;

Description describe_account() { return http::answers(200, account_schema()); }

Description describe_update() {
  return describe_account().takes(schema::body({{"name", schema::text()}}, {"name"}));
}

Description describe_sessions() {
  return http::answers(200, schema::object({{"sessions", schema::list(own_session_schema())}}));
}

Description describe_gone() { return http::answers(204); }

Description describe_second_factor() {
  return http::answers(200, schema::object({{"enabled", schema::truth()},
                                            {"recovery_codes_left", schema::integer()}}));
}

Description describe_key() {
  return http::answers(200, schema::object({{"key", schema::text()}, {"uri", schema::text()}}));
}

Description describe_codes(std::string_view proof) {
  return http::answers(200, schema::object({{"recovery_codes", schema::list(schema::text())}}))
      .takes(schema::body({{proof, schema::text()}}, {proof}));
}

Description describe_codes_by_code() { return describe_codes("code"); }
// Guesses at the password are limited.
Description describe_codes_by_password() {
  return describe_codes("password").also(429, error_schema());
}

Description describe_removed() {
  return describe_gone()
      .also(429, error_schema())
      .takes(schema::body({{"password", schema::text()}}, {"password"}));
}

using enum http::Method;

constexpr Row kRows[] = {
    {get, "/account", "One's own account", &AccountApi::show, describe_account},
    {patch, "/account", "Change one's name", &AccountApi::update, describe_update},
    {get, "/account/sessions", "Where one is signed in", &AccountApi::list_sessions,
     describe_sessions},
    {http::Method::remove, "/account/sessions", "End all sessions but this one",
     &AccountApi::end_other_sessions, describe_gone},
    {http::Method::remove, "/account/sessions/{session}", "End a session", &AccountApi::end_session,
     describe_gone},
    {get, "/account/second_factor", "Whether there is a second factor",
     &AccountApi::show_second_factor, describe_second_factor},
    {post, "/account/second_factor", "Begin one: its key, for an authenticator",
     &AccountApi::begin_second_factor, describe_key},
    {post, "/account/second_factor/confirm", "Put it in force: code; answers recovery codes",
     &AccountApi::enable_second_factor, describe_codes_by_code},
    {post, "/account/second_factor/remove", "Remove it: password",
     &AccountApi::remove_second_factor, describe_removed, http::Pace::slow},
    {post, "/account/second_factor/recovery_codes", "New recovery codes: password",
     &AccountApi::renew_recovery_codes, describe_codes_by_password, http::Pace::slow},
};

}  // namespace

std::vector<http::Endpoint> account_endpoints(const AccountsApi& api) {
  return people_endpoints(api.principals, AccountApi(api), kRows);
}

}  // namespace cachery::api
