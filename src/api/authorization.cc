#include "api/authorization.h"

#include <string>

#include "base/check.h"
#include "http/status.h"

namespace cachery::api {

OperatorToken::OperatorToken(std::string_view token) : digest_(tenant::digest_password(token)) {
  CHECK(!token.empty());
}

Status OperatorToken::check(const http::Request& request) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization");
  if (!header.starts_with(kScheme)) {
    return fail(Fault::unauthorized, "send the operator token as \"Authorization: Bearer TOKEN\": "
                                     "it is in the file operator.token of the data directory");
  }
  const auto given = tenant::digest_password(header.substr(kScheme.size()));
  if (tenant::equal_in_constant_time(given, digest_)) return {};
  return fail(Fault::unauthorized, "this is not the operator token of this service: it is in the "
                                   "file operator.token of its data directory");
}

http::Handler OperatorToken::guard(http::Handler handler) const {
  return [token = *this, handler = std::move(handler)](const http::Request& request) {
    if (const auto checked = token.check(request); !checked) {
      return http::error_response(checked.error());
    }
    return handler(request);
  };
}

}  // namespace cachery::api
