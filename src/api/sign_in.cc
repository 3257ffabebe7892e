#include "api/sign_in.h"

#include "api/people_rows.h"
#include "api/session.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::Attempted;
using http::Description;
using http::Request;
using http::Response;

// The fields that most bodies here have.
struct Body {
  std::string email = {};
  std::string password = {};
  std::string name = {};
  std::string secret = {};
  std::string invitation = {};

  std::string* field(std::string_view field_name) {
    if (field_name == "email") return &email;
    if (field_name == "password") return &password;
    if (field_name == "name") return &name;
    return field_name == "secret" ? &secret : &invitation;
  }
};

class SignInApi {
 public:
  explicit SignInApi(const AccountsApi& api) : accounts_(api.accounts) {}

  Response show_rule(const Request&) const {
    const bool is_open = accounts_.sign_up.rule() == control::SignUpRule::open;
    return http::json_response(
        200, {{"open", is_open}, {"confirms_by_mail", accounts_.ground.mails.has_server()}});
  }

  Response sign_up(const Request& request) const {
    const auto body = read(request, {"email", "password"}, {"name", "invitation"});
    if (!body) return http::error_response(body.error());
    const auto wait = accounts_.limits.take({Attempted::sign_up, request.peer, body->email});
    if (wait > 0) return too_many(wait);
    const auto done = accounts_.sign_up.sign_up(client_of(request), person_from(*body));
    if (!done) return http::error_response(done.error());
    return http::json_response(202, {{"email", body->email}});
  }

  Response confirm(const Request& request) const {
    const auto body = read(request, {"secret"}, {"password"});
    if (!body) return http::error_response(body.error());
    const auto wait = accounts_.limits.take({Attempted::sign_in, request.peer});
    if (wait > 0) return too_many(wait);
    const auto account =
        accounts_.sign_up.confirm(client_of(request), body->secret, body->password);
    if (account) accounts_.limits.give_back({Attempted::sign_in, request.peer});
    return respond_one(account);
  }

  Response become_operator(const Request& request) const {
    const auto body = read(request, {"secret", "email", "password"}, {"name"});
    if (!body) return http::error_response(body.error());
    const auto wait = accounts_.limits.take({Attempted::sign_in, request.peer, body->email});
    if (wait > 0) return too_many(wait);
    const auto account =
        accounts_.sign_up.use_operator_link(client_of(request), body->secret, person_from(*body));
    return respond_one(account, 201);
  }

  Response sign_in(const Request& request) const {
    const auto body = read(request, {"email", "password"});
    if (!body) return http::error_response(body.error());
    const control::Attempt attempt{Attempted::sign_in, request.peer, body->email};
    if (const auto wait = accounts_.limits.take(attempt); wait > 0) return too_many(wait);
    const auto step = accounts_.sign_in.begin(client_of(request), {body->email, body->password});
    if (!step) return http::error_response(step.error());
    accounts_.limits.give_back(attempt);
    if (step->session) return welcome(accounts_, request, *step->session);
    return http::json_response(200,
                               {{"second_factor_required", true}, {"challenge", step->challenge}});
  }

  Response finish_sign_in(const Request& request) const {
    auto fields = read_own(request);
    if (!fields) return http::error_response(fields.error());
    const auto challenge = required(fields->text("challenge"), "challenge");
    const auto code = required(fields->text("code"), "code");
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    if (!challenge || !code) {
      return http::error_response(!challenge ? challenge.error() : code.error());
    }
    const auto account = accounts_.sign_in.challenged_account(*challenge);
    if (!account) return http::error_response(account.error());
    const std::string name = std::to_string(*account);
    const control::Attempt attempt{Attempted::second_factor, request.peer, name};
    if (const auto wait = accounts_.limits.take(attempt); wait > 0) return too_many(wait);
    const auto session = accounts_.sign_in.finish(client_of(request), *challenge, *code);
    if (!session) return http::error_response(session.error());
    accounts_.limits.give_back(attempt);
    return welcome(accounts_, request, *session);
  }

  Response sign_out(const Request& request, const Principal& principal) const {
    const auto signed_in = signed_in_of(request);
    if (!signed_in) return http::error_response(signed_in.error());
    const auto done = accounts_.sign_in.sign_out(principal.actor, signed_in->session);
    if (!done) return http::error_response(done.error());
    Response response{.status = 204};
    response.headers.emplace_back("Set-Cookie", ended_session_cookie());
    return response;
  }

  Response show_session(const Request& request, const Principal&) const {
    const auto signed_in = signed_in_of(request);
    if (!signed_in) return http::error_response(signed_in.error());
    return http::json_response(200, describe(*signed_in, session_secret_of(request)));
  }

  Response change_password(const Request& request, const Principal& principal) const {
    const auto account = person_of(principal);
    if (!account) return http::error_response(account.error());
    const auto signed_in = signed_in_of(request);
    auto fields = read_fields(request);
    if (!signed_in || !fields) {
      return http::error_response(!signed_in ? signed_in.error() : fields.error());
    }
    const auto present = required(fields->text("current"), "current");
    const auto wanted = required(fields->text("new"), "new");
    const bool ends_tokens = fields->truth("end_tokens").value_or(false);
    if (auto done = fields->finish(); !done) return http::error_response(done.error());
    if (!present || !wanted) {
      return http::error_response(!present ? present.error() : wanted.error());
    }
    const control::Attempt attempt{Attempted::sign_in, request.peer, principal.actor.name};
    if (const auto wait = accounts_.limits.take(attempt); wait > 0) return too_many(wait);
    const auto tokens = ends_tokens ? control::TokensToo::yes : control::TokensToo::no;
    const auto done =
        accounts_.password.change(principal.actor, signed_in->session, *present, *wanted, tokens);
    if (done) accounts_.limits.give_back(attempt);
    return respond(done);
  }

  Response request_reset(const Request& request) const {
    const auto body = read(request, {"email"});
    if (!body) return http::error_response(body.error());
    const auto wait = accounts_.limits.take({Attempted::reset, request.peer, body->email});
    if (wait > 0) return too_many(wait);
    const auto done = accounts_.password.request_reset(body->email);
    if (!done) return http::error_response(done.error());
    return http::json_response(202, {{"email", body->email}});
  }

  Response reset(const Request& request) const {
    const auto body = read(request, {"secret", "password"});
    if (!body) return http::error_response(body.error());
    const auto wait = accounts_.limits.take({Attempted::sign_in, request.peer});
    if (wait > 0) return too_many(wait);
    const auto done = accounts_.password.reset(client_of(request), body->secret, body->password);
    if (done) accounts_.limits.give_back({Attempted::sign_in, request.peer});
    return respond(done);
  }

 private:
  // Of requests that anybody may make: not from a page of another site.
  Result<http::JsonFields> read_own(const Request& request) const {
    if (auto checked = check_origin(request, accounts_.ground.links.origin); !checked) {
      return std::unexpected(checked.error());
    }
    return read_fields(request);
  }

  // `needed` must be there, `others` may.
  Result<Body> read(const Request& request, std::initializer_list<std::string_view> needed,
                    std::initializer_list<std::string_view> others = {}) const {
    auto fields = read_own(request);
    if (!fields) return std::unexpected(fields.error());
    Body body;
    Status complete;
    for (const std::string_view name : needed) {
      auto text = required(fields->text(name), name);
      if (text) *body.field(name) = std::move(*text);
      if (!text && complete) complete = std::unexpected(text.error());
    }
    for (const std::string_view name : others) {
      *body.field(name) = fields->text(name).value_or("");
    }
    if (auto finished = fields->finish(); !finished) return std::unexpected(finished.error());
    if (!complete) return std::unexpected(complete.error());
    return body;
  }

  static control::NewPerson person_from(const Body& body) {
    return {.email = body.email,
            .password = body.password,
            .name = body.name,
            .invitation = body.invitation};
  }

  Result<control::SignedIn> signed_in_of(const Request& request) const {
    auto found = accounts_.sessions.find(session_secret_of(request));
    if (!found) return std::unexpected(found.error());
    if (*found) return std::move(**found);
    return fail(Fault::forbidden, "this is about a session: sign in, a token has none");
  }

  static json::object describe(const control::SignedIn& signed_in, std::string_view secret) {
    json::array teams;
    for (const auto& one : signed_in.memberships) {
      teams.push_back({{"team", one.team}, {"role", name_of(one.role)}});
    }
    json::value support;
    if (signed_in.support) {
      support = {{"id", signed_in.support->id}, {"email", signed_in.support->email}};
    }
    return {{"account", to_json(signed_in.account)},
            {"session", to_json(signed_in.session)},
            {"support", std::move(support)},
            {"teams", std::move(teams)},
            {"csrf_token", control::csrf_token_of(secret)}};
  }

  control::AccountsServices& accounts_;
};

struct OpenRow {
  http::Method method;
  const char* path;
  const char* summary;
  Response (SignInApi::*answer)(const Request&) const;
  Description (*describe)();
  http::Pace pace;
};

using GuardedRow = PeopleRow<Response (SignInApi::*)(const Request&, const Principal&) const>;

Description describe_rule() {
  return http::answers(
      200, schema::object({{"open", schema::truth()}, {"confirms_by_mail", schema::truth()}}));
}

// A body of texts that must all be there but those of `optional`. Tries are limited: 429.
Description limited(Description description, std::initializer_list<std::string_view> required,
                    std::initializer_list<std::string_view> optional = {}) {
  schema::Fields fields;
  for (const std::string_view name : required) fields.push_back({name, schema::text()});
  for (const std::string_view name : optional) fields.push_back({name, schema::text()});
  return std::move(description)
      .also(429, error_schema())
      .also(401, error_schema())
      .also(403, error_schema())
      .also(404, error_schema())
      .takes(schema::body(std::move(fields), required));
}

Description describe_sign_up() {
  return limited(http::answers(202, schema::object({{"email", schema::text()}})),
                 {"email", "password"}, {"name", "invitation"});
}

Description describe_confirm() {
  return limited(http::answers(200, account_schema()), {"secret"}, {"password"})
      .also(409, error_schema());
}

Description describe_operator() {
  return limited(http::answers(201, account_schema()), {"secret", "email", "password"}, {"name"});
}

http::Schema welcome_schema() {
  return schema::object({{"account", account_schema()}, {"csrf_token", schema::text()}});
}

Description describe_sign_in() {
  const auto challenge =
      schema::object({{"second_factor_required", schema::truth()}, {"challenge", schema::text()}});
  return limited(http::answers(200, schema::any_of({welcome_schema(), challenge})),
                 {"email", "password"});
}

Description describe_finish() {
  return limited(http::answers(200, welcome_schema()), {"challenge", "code"});
}

Description describe_request_reset() {
  return limited(http::answers(202, schema::object({{"email", schema::text()}})), {"email"});
}

Description describe_reset() { return limited(http::answers(204), {"secret", "password"}); }
Description describe_gone() { return http::answers(204); }

Description describe_session() {
  const auto team = schema::object({{"team", schema::integer()}, {"role", role_schema()}});
  const auto support = schema::object({{"id", schema::integer()}, {"email", schema::text()}});
  return http::answers(200, schema::object({{"account", account_schema()},
                                            {"session", session_schema()},
                                            {"support", schema::nullable(support)},
                                            {"teams", schema::list(team)},
                                            {"csrf_token", schema::text()}}));
}

Description describe_password() {
  return limited(http::answers(204), {"current", "new"})
      .takes(schema::body(
          {{"current", schema::text()}, {"new", schema::text()}, {"end_tokens", schema::truth()}},
          {"current", "new"}));
}

using enum http::Method;
using enum http::Pace;

constexpr OpenRow kOpenRows[] = {
    {get, "/sign_up", "Whether one may sign up", &SignInApi::show_rule, describe_rule, quick},
    {post, "/sign_up", "Sign up: email, password, name", &SignInApi::sign_up, describe_sign_up,
     slow},
    {post, "/sign_up/confirm", "Confirm an address: secret, password", &SignInApi::confirm,
     describe_confirm, slow},
    {post, "/sign_up/operator", "Become an operator by a link: secret, email, password, name",
     &SignInApi::become_operator, describe_operator, slow},
    {post, "/sign_in", "Sign in: email, password", &SignInApi::sign_in, describe_sign_in, slow},
    {post, "/sign_in/second_factor", "Finish a sign-in: challenge, code",
     &SignInApi::finish_sign_in, describe_finish, quick},
    {post, "/password/reset", "Ask for a new password by mail: email", &SignInApi::request_reset,
     describe_request_reset, quick},
    {post, "/password/reset/confirm", "Set a new password by a link: secret, password",
     &SignInApi::reset, describe_reset, slow},
};

constexpr GuardedRow kGuardedRows[] = {
    {post, "/sign_out", "End this session", &SignInApi::sign_out, describe_gone, quick},
    {get, "/session", "Who is signed in, and the token for changes", &SignInApi::show_session,
     describe_session, quick},
    {post, "/password", "Change the password: current, new, end_tokens",
     &SignInApi::change_password, describe_password, slow},
};

}  // namespace

std::vector<http::Endpoint> sign_in_endpoints(const AccountsApi& api) {
  const SignInApi answers(api);
  std::vector<http::Endpoint> endpoints = people_endpoints(api.principals, answers, kGuardedRows);
  for (const OpenRow& row : kOpenRows) {
    endpoints.push_back(
        {.method = row.method,
         .path = std::string(kAdminBase) + row.path,
         .summary = row.summary,
         .handler = without_inner_words([answers, ask = row.answer](const Request& request) {
           return (answers.*ask)(request);
         }),
         .pace = row.pace,
         .description = describe_open(row.method, row.path, row.describe())});
  }
  return endpoints;
}

}  // namespace cachery::api
