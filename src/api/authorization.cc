#include "api/authorization.h"

#include "base/check.h"

namespace cachery::api {

OperatorToken::OperatorToken(std::string_view token) : digest_(tenant::digest_password(token)) {
  CHECK(!token.empty());
}

Result<std::optional<Principal>> OperatorToken::prove(const http::Request& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  if (!header.starts_with(kScheme)) return std::nullopt;
  const auto given = tenant::digest_password(header.substr(kScheme.size()));
  if (!tenant::equal_in_constant_time(given, digest_)) return std::nullopt;
  return Principal{.kind = PrincipalKind::operator_,
                   .actor = {.kind = control::ActorKind::operator_token,
                             .name = "operator token",
                             .address = request.peer}};
}

}  // namespace cachery::api
