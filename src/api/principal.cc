#include "api/principal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "control/cache_name.h"
#include "http/status.h"

namespace cachery::api {
namespace {

// The most that a role allows to do with the caches of its team.
Right most_of(control::Role role) {
  switch (role) {
    case control::Role::read_only:
      return Right::see;
    case control::Role::member:
      return Right::manage;
    case control::Role::owner:
      return Right::manage;
  }
  return Right::see;
}

// The most that a principal may do with a cache; nothing: it may not even see it.
std::optional<Right> most_of(const Principal& principal, const control::CacheRecord& cache) {
  switch (principal.kind) {
    case PrincipalKind::operator_:
      return Right::manage;
    case PrincipalKind::account: {
      const auto role = principal.role_in(cache.team);
      return role ? std::optional(most_of(*role)) : std::nullopt;
    }
    case PrincipalKind::credential:
    case PrincipalKind::link:
      return principal.cache == cache.id ? std::optional(Right::change_passwords) : std::nullopt;
  }
  return std::nullopt;
}

std::string_view text_of(Right right) {
  switch (right) {
    case Right::see:
      return "see it";
    case Right::see_passwords:
      return "see its passwords";
    case Right::change:
      return "change it";
    case Right::change_passwords:
      return "change how one gets into it";
    case Right::manage:
      return "manage it (plan, team, delete, restore)";
  }
  return "";
}

bool is_about_passwords(Right right) {
  return right == Right::see_passwords || right == Right::change_passwords;
}

// Who holds what principals share: all that one person opens is theirs, whatever opened it.
std::string holder_of(const Principal& principal) {
  if (principal.cache != 0) return fmt::format("cache {}", principal.cache);
  return fmt::format("{} {}", name_of(principal.actor.kind), principal.actor.id);
}

}  // namespace

std::string_view name_of(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::operator_:
      return "operator";
    case PrincipalKind::account:
      return "account";
    case PrincipalKind::credential:
      return "credential";
    case PrincipalKind::link:
      return "link";
  }
  return "";
}

std::optional<control::Role> Principal::role_in(control::TeamId team) const {
  if (team == 0) return std::nullopt;
  const auto at = std::ranges::find(memberships, team, &Membership::team);
  return at == memberships.end() ? std::nullopt : std::optional(at->role);
}

bool may(const Principal& principal, const control::CacheRecord& cache, Right right) {
  const auto most = most_of(principal, cache);
  if (is_about_passwords(right) && !principal.handles_access) return false;
  return most && *most >= right;
}

Status check_access(const Principal& principal, const control::CacheRecord& cache, Right right) {
  if (may(principal, cache, right)) return {};
  if (!may(principal, cache, Right::see)) return std::unexpected(control::no_such_cache(cache.id));
  if (is_about_passwords(right) && !principal.handles_access) {
    return check_handles_access(principal);
  }
  return fail(Fault::forbidden, fmt::format("you may see cache {} but not {}: ask an owner of its "
                                            "team",
                                            cache.id, text_of(right)));
}

Status check_handles_access(const Principal& principal) {
  if (principal.handles_access) return {};
  return fail(Fault::forbidden,
              "this token may see no secret and change nobody's access: make one with the scope "
              "\"credentials\"");
}

Status check_team(const Principal& principal, control::TeamId team, control::Role role) {
  if (principal.is_operator()) return {};
  const auto own = principal.role_in(team);
  if (!own) return fail(Fault::not_found, fmt::format("there is no team {}", team));
  if (*own >= role) return {};
  return fail(Fault::forbidden, fmt::format("your role in team {} is {}: this needs {}", team,
                                            name_of(*own), name_of(role)));
}

Status check_operator(const Principal& principal) {
  if (principal.is_operator()) return {};
  return fail(Fault::forbidden, "only an operator of this service may do this");
}

Result<Principal> Principals::resolve(const http::Request& request) const {
  std::optional<Error> refusal;
  for (const Proof* proof : proofs_) {
    auto principal = proof->prove(request);
    if (principal && *principal) return std::move(**principal);
    if (principal) continue;
    if (principal.error().fault != Fault::unauthorized) return std::unexpected(principal.error());
    if (!refusal) refusal = principal.error();
  }
  if (refusal) return std::unexpected(*refusal);
  if (!request.header("Authorization").empty()) {
    return fail(Fault::unauthorized,
                "nobody here has this token: the operator's is in the file "
                "operator.token of the data directory");
  }
  return fail(Fault::unauthorized,
              "say who you are: sign in, or send a token as \"Authorization: "
              "Bearer TOKEN\" (the operator's is in the file operator.token "
              "of the data directory)");
}

http::Response without_inner_words(http::Response response) {
  if (response.status < 500) return response;
  log::error("api_failed", {{"detail", response.body}});
  if (response.status == 503) {
    return http::error_response(
        {Fault::unavailable, "the service cannot answer now: try again in a moment"});
  }
  return http::error_response({Fault::internal, "the service failed: tell its operator"});
}

http::Handler without_inner_words(http::Handler handler) {
  return [handler = std::move(handler)](const http::Request& request) {
    return without_inner_words(handler(request));
  };
}

http::Handler Principals::guard(PrincipalHandler handler) const {
  return [principals = *this, handler = std::move(handler)](const http::Request& request) {
    const auto principal = principals.resolve(request);
    if (!principal) return without_inner_words(http::error_response(principal.error()));
    if (principal->scope == Scope::read_only && !is_read(request.method)) {
      return http::error_response({Fault::forbidden, "this token may only read"});
    }
    if (const auto wait = principals.take_rate(*principal, request.method); wait > 0) {
      http::Response refused = http::error_response(429, "too_many_requests", rate_message(wait));
      refused.headers.emplace_back("Retry-After", std::to_string(wait));
      return refused;
    }
    if (principals.known_ != nullptr) principals.known_->note(request.peer);
    http::Response response = handler(request, *principal);
    response.owner = holder_of(*principal);
    return principal->is_operator() ? response : without_inner_words(std::move(response));
  };
}

uint32_t Principals::take_rate(const Principal& principal, http::Method method) const {
  if (rates_ == nullptr || principal.is_operator()) return 0;
  const bool is_person = principal.kind == PrincipalKind::account;
  return rates_->take(is_person ? RequestRates::Whose::account : RequestRates::Whose::cache,
                      is_person ? principal.actor.id : principal.cache, method);
}

}  // namespace cachery::api
