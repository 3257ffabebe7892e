// The operator's proof: whoever holds the operator token, sent as `Authorization: Bearer`. The
// digests are compared, so that neither the token's length nor its first wrong byte takes a time of
// its own. Personal tokens come by the same header, so another token is not wrong here, only not
// known.
#pragma once

#include <string_view>

#include "api/principal.h"
#include "tenant/digest.h"

namespace cachery::api {

class OperatorToken final : public Proof {
 public:
  // CHECKs that it is not empty: an empty token would let everyone in.
  explicit OperatorToken(std::string_view token);

  Result<std::optional<Principal>> prove(const http::Request& request) const override;

 private:
  tenant::PasswordDigest digest_;
};

}  // namespace cachery::api
