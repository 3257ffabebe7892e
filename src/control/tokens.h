// Personal API tokens, for scripts: `Authorization: Bearer cachery_...`. A token may less than its
// person, by its scopes, never more; it ends by itself, and with its account's suspension. Only the
// digest is kept, and its first characters, by which a person tells it from others.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/accounts_ground.h"
#include "control/team_records.h"
#include "control/token_records.h"

namespace cachery::control {

inline constexpr std::string_view kTokenMark = "cachery_";  // lets scanners find a leaked one
inline constexpr size_t kTokenPrefixBytes = kTokenMark.size() + 6;
inline constexpr size_t kTokenNameBytesMax = 64;
inline constexpr size_t kTokensPerAccountMax = 50;
inline constexpr uint32_t kTokenDaysMax = 366;
inline constexpr uint32_t kTokenDaysDefault = 90;
inline constexpr int64_t kTokenUseSeconds = 60;  // a use within so many of the last is not kept

struct WantedToken {
  std::string name = {};
  TokenScopes scopes = {};
  uint32_t days = kTokenDaysDefault;
};

struct NewToken {
  TokenRecord token = {};
  std::string secret = {};  // told once
};

// Who is behind a token, as of now.
struct TokenOwner {
  TokenRecord token = {};
  AccountRecord account = {};
  std::vector<MemberRecord> memberships = {};
};

class Tokens {
 public:
  explicit Tokens(const AccountsGround& ground) : ground_(ground) {}

  [[nodiscard]] Result<NewToken> create(const Actor& actor, AccountId account,
                                        const WantedToken& wanted) const;
  [[nodiscard]] Result<std::vector<TokenRecord>> list(AccountId account) const;
  [[nodiscard]] Status remove(const Actor& actor, AccountId account, TokenId id) const;
  // Nothing: there is none (any more). Counts as a use.
  [[nodiscard]] Result<std::optional<TokenOwner>> find(std::string_view secret) const;

 private:
  const AccountsGround& ground_;
};

}  // namespace cachery::control
