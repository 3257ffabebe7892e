// For tests: whoever a request says that he is in the header X-Test: "operator", "link 100001", or
// "member 3" for an account in team 3. Real proofs have tests of their own.
#pragma once

#include <charconv>
#include <string>

#include "api/principal.h"

namespace cachery::api {

class SaysWho final : public Proof {
 public:
  Result<std::optional<Principal>> prove(const http::Request& request) const override {
    const std::string_view who = request.header("X-Test");
    if (who.empty()) return std::nullopt;
    Principal principal{.actor = {.name = std::string(who)}};
    uint64_t number = 0;
    const size_t space = std::min(who.find(' '), who.size() - 1);
    std::from_chars(who.data() + space + 1, who.data() + who.size(), number);
    if (who == "operator") principal.kind = PrincipalKind::operator_;
    if (who.starts_with("link")) principal.cache = static_cast<control::CacheId>(number);
    if (who.starts_with("member")) {
      principal.kind = PrincipalKind::account;
      principal.memberships = {{.team = number, .role = control::Role::member}};
    }
    if (who.starts_with("reader")) {
      principal.kind = PrincipalKind::account;
      principal.memberships = {{.team = number, .role = control::Role::read_only}};
    }
    return principal;
  }
};

}  // namespace cachery::api
