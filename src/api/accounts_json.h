// People, teams and what belongs to them as JSON, in one shape for every answer that shows them,
// and the small things that all their endpoints do.
#pragma once

#include <optional>
#include <string_view>

#include "api/principal.h"
#include "api/query.h"
#include "control/accounts_services.h"
#include "http/json.h"
#include "http/schema.h"
#include "http/status.h"

namespace cachery::api {

// What the endpoints about people stand on. All of it outlives them.
struct AccountsApi {
  control::AccountsServices& accounts;
  const Principals& principals;
};

http::json::object to_json(const control::AccountRecord& account);
http::json::object to_json(const control::SessionRecord& session);
http::json::object to_json(const control::TokenRecord& token);
http::json::object to_json(const control::OwnTeam& team);
http::json::object to_json(const control::TeamMember& member);
http::json::object to_json(const control::QuotaState& quota);
http::json::object to_json(const control::InvitationRecord& invitation);
http::json::object to_json(const control::MailRecord& mail);

// What those look like.
http::Schema account_schema();
http::Schema account_with_teams_schema();
http::Schema session_schema();
http::Schema own_session_schema();  // with whether it is the present one
http::Schema token_schema();
http::Schema made_token_schema();  // with the token itself
http::Schema team_schema();
http::Schema team_member_schema();
http::Schema quota_schema();
http::Schema invitation_schema();
http::Schema made_invitation_schema();  // with its link, where no mail carries it
http::Schema mail_schema();
http::Schema role_schema();

// "2026-03-01T12:00:00Z"; null for 0.
http::json::value time_json(int64_t unix_seconds);

// The answer to a sign-in: who it is, the token for changes, and the cookie.
http::Response welcome(const control::AccountsServices& accounts, const http::Request& request,
                       const control::NewSession& session);
// 429 with Retry-After.
http::Response too_many(uint32_t wait_seconds);
// {"<name>": [...]}.
template <typename Record>
http::Response respond_list(std::string_view name, const Result<std::vector<Record>>& all);
// invalid: it is missing.
[[nodiscard]] Result<std::string> required(const std::optional<std::string>& text,
                                           std::string_view name);

// The account that a principal stands for; forbidden: the operator token, a credential, a link.
[[nodiscard]] Result<control::AccountId> account_of(const Principal& principal);
// The same for what concerns how a person proves who he is: forbidden for tokens and for support.
[[nodiscard]] Result<control::AccountId> person_of(const Principal& principal);
control::TeamCaller team_caller(const Principal& principal);

template <typename Record>
http::Response respond_list(std::string_view name, const Result<std::vector<Record>>& all) {
  if (!all) return http::error_response(all.error());
  http::json::array out;
  for (const Record& one : *all) out.push_back(to_json(one));
  http::json::object body;
  body[name] = std::move(out);
  return http::json_response(200, body);
}

template <typename Record>
http::Response respond_one(const Result<Record>& one, int status = 200) {
  if (!one) return http::error_response(one.error());
  return http::json_response(status, to_json(*one));
}

}  // namespace cachery::api
