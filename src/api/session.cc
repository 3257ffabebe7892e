#include "api/session.h"

#include <fmt/format.h>

#include <algorithm>

namespace cachery::api {
namespace {

using control::AccountRecord;
using control::ActorKind;

std::vector<Membership> memberships_of(const std::vector<control::MemberRecord>& members) {
  std::vector<Membership> out;
  for (const auto& one : members) out.push_back({one.team, one.role});
  return out;
}

PrincipalKind kind_of(const AccountRecord& account) {
  return account.is_operator ? PrincipalKind::operator_ : PrincipalKind::account;
}

Principal principal_of(const control::SignedIn& signed_in, std::string_view secret,
                       const http::Request& request) {
  const AccountRecord& account = signed_in.account;
  Principal principal{.kind = kind_of(account),
                      .actor = control::actor_of(account, client_of(request)),
                      .memberships = memberships_of(signed_in.memberships),
                      .csrf_token = control::csrf_token_of(secret)};
  if (signed_in.support) {
    // Never more than the account itself, whoever is behind it.
    principal.kind = PrincipalKind::account;
    principal.actor.kind = ActorKind::support;
    principal.actor.operator_id = signed_in.support->id;
  }
  return principal;
}

}  // namespace

std::string_view session_secret_of(const http::Request& request) {
  return cookie_value(request, kSessionCookie);
}

std::string session_cookie(const control::NewSession& session, bool is_secure) {
  const int64_t seconds = session.session.end_unix_seconds - session.session.created_unix_seconds;
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", kSessionCookie,
                     session.secret, seconds, is_secure ? "; Secure" : "");
}

std::string ended_session_cookie() {
  return fmt::format("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax", kSessionCookie);
}

control::Client client_of(const http::Request& request) {
  std::string agent;
  for (const char c : request.header("User-Agent").substr(0, control::kUserAgentBytesMax)) {
    agent += c >= ' ' && c < 127 ? c : '?';
  }
  return {.address = request.peer, .user_agent = std::move(agent)};
}

Status check_origin(const http::Request& request, std::string_view own) {
  const std::string_view origin = request.header("Origin");
  if (origin.empty() || origin == own) return {};
  const size_t host = origin.find("://");
  if (host != std::string_view::npos && origin.substr(host + 3) == request.header("Host"))
    return {};
  return fail(Fault::forbidden, "this request comes from a page of another site");
}

Result<std::optional<Principal>> SessionProof::prove(const http::Request& request) const {
  const std::string_view secret = session_secret_of(request);
  if (secret.empty()) return std::optional<Principal>();
  const auto signed_in = accounts_.sessions.find(secret);
  if (!signed_in) return std::unexpected(signed_in.error());
  if (!*signed_in) return fail(Fault::unauthorized, "your session has ended: sign in");
  Principal principal = principal_of(**signed_in, secret, request);
  if (is_read(request.method)) return principal;
  if (auto checked = check_origin(request, accounts_.ground.links.origin); !checked) {
    return std::unexpected(checked.error());
  }
  if (auto checked = check_csrf(request, principal.csrf_token); !checked) {
    return std::unexpected(checked.error());
  }
  return principal;
}

Result<std::optional<Principal>> TokenProof::prove(const http::Request& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  if (!header.starts_with(kScheme)) return std::optional<Principal>();
  const std::string_view secret = header.substr(kScheme.size());
  if (!secret.starts_with(control::kTokenMark)) return std::optional<Principal>();
  const auto owner = accounts_.tokens.find(secret);
  if (!owner) return std::unexpected(owner.error());
  if (!*owner) {
    return fail(Fault::unauthorized,
                "this token was deleted, has expired, or its account is "
                "suspended");
  }
  const control::TokenScopes& scopes = (*owner)->token.scopes;
  return Principal{.kind = kind_of((*owner)->account),
                   .actor = control::actor_of((*owner)->account, client_of(request)),
                   .memberships = memberships_of((*owner)->memberships),
                   .scope = scopes.write ? Scope::all : Scope::read_only,
                   .handles_access = scopes.credentials};
}

}  // namespace cachery::api
