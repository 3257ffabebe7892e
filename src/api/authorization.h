// Who may use the admin API: whoever holds the operator token, sent as `Authorization: Bearer`. The
// digests are compared, so that neither the token's length nor its first wrong byte takes a time of
// its own.
#pragma once

#include <string_view>

#include "base/error.h"
#include "http/router.h"
#include "tenant/digest.h"

namespace cachery::api {

class OperatorToken {
 public:
  // CHECKs that it is not empty: an empty token would let everyone in.
  explicit OperatorToken(std::string_view token);

  [[nodiscard]] Status check(const http::Request& request) const;
  // The handler, reached by those only who hold the token.
  http::Handler guard(http::Handler handler) const;

 private:
  tenant::PasswordDigest digest_;
};

}  // namespace cachery::api
