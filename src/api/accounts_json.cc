#include "api/accounts_json.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/device_mark.h"
#include "api/session.h"
#include "base/rfc3339.h"
#include "http/status.h"

namespace cachery::api {

namespace json = http::json;
namespace schema = http::schema;

json::value time_json(int64_t unix_seconds) {
  if (unix_seconds == 0) return nullptr;
  return json::value(format_rfc3339(unix_seconds));
}

json::object to_json(const control::AccountRecord& account) {
  return {{"id", account.id},
          {"email", account.email},
          {"name", account.name},
          {"confirmed", account.is_confirmed},
          {"operator", account.is_operator},
          {"suspended", account.is_suspended},
          {"second_factor", account.has_second_factor},
          {"created_at", time_json(account.created_unix_seconds)},
          {"last_sign_in_at", time_json(account.last_sign_in_unix_seconds)}};
}

json::object to_json(const control::SessionRecord& session) {
  return {
      {"id", session.id},
      {"address", session.address},
      {"user_agent", session.user_agent},
      {"support", session.operator_id != 0},
      {"created_at", time_json(session.created_unix_seconds)},
      {"last_used_at", time_json(session.last_used_unix_seconds)},
      {"ends_at", time_json(std::min(session.idle_end_unix_seconds, session.end_unix_seconds))}};
}

json::object to_json(const control::TokenRecord& token) {
  json::array scopes{"read"};
  if (token.scopes.write) scopes.push_back("write");
  if (token.scopes.credentials) scopes.push_back("credentials");
  return {{"id", token.id},
          {"name", token.name},
          {"prefix", token.prefix},
          {"scopes", std::move(scopes)},
          {"created_at", time_json(token.created_unix_seconds)},
          {"last_used_at", time_json(token.last_used_unix_seconds)},
          {"expires_at", time_json(token.end_unix_seconds)}};
}

json::object to_json(const control::OwnTeam& team) {
  return {{"id", team.team.id},
          {"name", team.team.name},
          {"role", name_of(team.role)},
          {"suspended", team.team.is_suspended},
          {"created_at", time_json(team.team.created_unix_seconds)}};
}

json::object to_json(const control::TeamMember& member) {
  return {{"account", member.account.id},
          {"email", member.account.email},
          {"name", member.account.name},
          {"role", name_of(member.role)}};
}

json::object to_json(const control::QuotaState& quota) {
  return {{"name", name_of(quota.quota)},
          {"used", quota.used},
          {"used_by_team", quota.used_by_team},
          {"used_deleted", quota.used_deleted},
          {"max", quota.most ? json::value(*quota.most) : json::value()},
          {"own", quota.is_own},
          {"teams", quota.teams_count}};
}

json::object to_json(const control::InvitationRecord& invitation) {
  return {{"id", invitation.id},
          {"email", invitation.email},
          {"role", name_of(invitation.role)},
          {"created_at", time_json(invitation.created_unix_seconds)},
          {"expires_at", time_json(invitation.end_unix_seconds)}};
}

json::object to_json(const control::MailRecord& mail) {
  const bool is_waiting = mail.state == control::MailState::waiting;
  return {{"id", mail.id},
          {"recipient", mail.recipient},
          {"subject", mail.subject},
          {"state", name_of(mail.state)},
          {"tries", mail.tries_count},
          {"last_failure", mail.last_failure},
          {"created_at", time_json(mail.created_unix_seconds)},
          {"next_try_at", is_waiting ? time_json(mail.next_try_unix_seconds) : nullptr}};
}

http::Response welcome(const control::AccountsServices& accounts, const http::Request& request,
                       const control::NewSession& session) {
  const bool is_secure = request.is_tls || accounts.ground.links.origin.starts_with("https://");
  http::Response response =
      http::json_response(200, {{"account", to_json(session.account)},
                                {"csrf_token", control::csrf_token_of(session.secret)}});
  response.headers.emplace_back("Set-Cookie", session_cookie(session, is_secure));
  response.headers.emplace_back(
      "Set-Cookie",
      device_cookie(accounts.ground.sealer, session.account.id, accounts.ground.now(), is_secure));
  return response;
}

http::Response too_many(uint32_t wait_seconds) {
  http::Response response = http::error_response(
      429, "too_many_requests",
      fmt::format("too many of these came from here or for this account: try again in {} s",
                  wait_seconds));
  response.headers.emplace_back("Retry-After", std::to_string(wait_seconds));
  return response;
}

Result<std::string> required(const std::optional<std::string>& text, std::string_view name) {
  if (text) return *text;
  return fail(Fault::invalid, fmt::format("\"{}\" is missing: give it as a string", name));
}

Result<control::AccountId> account_of(const Principal& principal) {
  const control::ActorKind kind = principal.actor.kind;
  if (kind == control::ActorKind::account || kind == control::ActorKind::support) {
    return principal.actor.id;
  }
  return fail(Fault::forbidden, "this is about an account: sign in as one");
}

Result<control::AccountId> person_of(const Principal& principal) {
  auto account = account_of(principal);
  if (!account) return account;
  if (principal.actor.kind == control::ActorKind::account && !principal.csrf_token.empty()) {
    return account;
  }
  return fail(Fault::forbidden,
              "only the account's own person may do this, signed in: neither a "
              "token nor support");
}

control::TeamCaller team_caller(const Principal& principal) {
  const auto account = account_of(principal);
  return {.actor = principal.actor,
          .account = account.value_or(0),
          .is_operator = principal.is_operator()};
}

http::Schema role_schema() { return schema::choice({"owner", "member", "read_only"}); }

namespace {

http::Schema time_schema() { return schema::nullable(schema::text()); }

schema::Fields account_fields() {
  return {{"id", schema::integer()},          {"email", schema::text()},
          {"name", schema::text()},           {"confirmed", schema::truth()},
          {"operator", schema::truth()},      {"suspended", schema::truth()},
          {"second_factor", schema::truth()}, {"created_at", time_schema()},
          {"last_sign_in_at", time_schema()}};
}

schema::Fields invitation_fields() {
  return {{"id", schema::integer()},
          {"email", schema::text()},
          {"role", role_schema()},
          {"created_at", time_schema()},
          {"expires_at", time_schema()}};
}

schema::Fields token_fields() {
  const auto scope = schema::choice({"read", "write", "credentials"});
  return {{"id", schema::integer()},     {"name", schema::text()},
          {"prefix", schema::text()},    {"scopes", schema::list(scope)},
          {"created_at", time_schema()}, {"last_used_at", time_schema()},
          {"expires_at", time_schema()}};
}

schema::Fields session_fields() {
  return {{"id", schema::integer()},      {"address", schema::text()},
          {"user_agent", schema::text()}, {"support", schema::truth()},
          {"created_at", time_schema()},  {"last_used_at", time_schema()},
          {"ends_at", time_schema()}};
}

}  // namespace

http::Schema account_schema() { return schema::named("Account", schema::object(account_fields())); }

http::Schema account_with_teams_schema() {
  schema::Fields fields = account_fields();
  fields.push_back({"teams", schema::list(team_schema())});
  return schema::named("AccountWithTeams", schema::object(std::move(fields)));
}

http::Schema session_schema() { return schema::named("Session", schema::object(session_fields())); }

http::Schema own_session_schema() {
  schema::Fields fields = session_fields();
  fields.push_back({"current", schema::truth()});
  return schema::named("OwnSession", schema::object(std::move(fields)));
}

http::Schema token_schema() { return schema::named("Token", schema::object(token_fields())); }

http::Schema made_token_schema() {
  schema::Fields fields = token_fields();
  fields.push_back({"token", schema::text()});
  return schema::named("MadeToken", schema::object(std::move(fields)));
}

http::Schema team_schema() {
  return schema::named("Team", schema::object({{"id", schema::integer()},
                                               {"name", schema::text()},
                                               {"role", role_schema()},
                                               {"suspended", schema::truth()},
                                               {"created_at", time_schema()}}));
}

http::Schema team_member_schema() {
  return schema::named("TeamMember", schema::object({{"account", schema::integer()},
                                                     {"email", schema::text()},
                                                     {"name", schema::text()},
                                                     {"role", role_schema()}}));
}

http::Schema quota_schema() {
  return schema::named(
      "Quota", schema::object(
                   {{"name", schema::choice({"memory_mib", "caches", "credentials", "own_ports"})},
                    {"used", schema::integer()},
                    {"used_by_team", schema::integer()},
                    {"used_deleted", schema::integer()},
                    {"max", schema::nullable(schema::integer())},
                    {"own", schema::truth()},
                    {"teams", schema::integer()}}));
}

http::Schema invitation_schema() {
  return schema::named("Invitation", schema::object(invitation_fields()));
}

http::Schema made_invitation_schema() {
  schema::Fields fields = invitation_fields();
  fields.push_back({"link", schema::nullable(schema::text())});
  return schema::named("MadeInvitation", schema::object(std::move(fields)));
}

http::Schema mail_schema() {
  return schema::named("Mail", schema::object({{"id", schema::integer()},
                                               {"recipient", schema::text()},
                                               {"subject", schema::text()},
                                               {"state", schema::text()},
                                               {"tries", schema::integer()},
                                               {"last_failure", schema::text()},
                                               {"created_at", time_schema()},
                                               {"next_try_at", time_schema()}}));
}

}  // namespace cachery::api
