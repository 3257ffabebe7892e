// A person's API token, as a row: its digest, never the token. Its twin in control/db:
// token_rows.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/session_records.h"

namespace cachery::control {

using TokenId = uint64_t;

inline constexpr Sequence kTokenIds{.name = "personal_token"};

// What a token may do of what its person may. Reading goes without saying.
struct TokenScopes {
  bool write = false;        // change things
  bool credentials = false;  // see credentials' passwords
};

struct TokenRecord {
  TokenId id = 0;
  SecretDigest digest{};
  AccountId account = 0;
  std::string name = {};
  std::string prefix = {};  // its first characters, to be told from others
  TokenScopes scopes = {};
  int64_t created_unix_seconds = 0;
  int64_t last_used_unix_seconds = 0;  // to the minute; 0: never
  int64_t end_unix_seconds = 0;
};

class TokenRecords {
 public:
  virtual ~TokenRecords() = default;

  [[nodiscard]] virtual Result<std::optional<TokenRecord>> by_digest(
      const SecretDigest& digest) = 0;
  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<TokenRecord>> of(AccountId account) = 0;
  [[nodiscard]] virtual Status insert(const TokenRecord& token) = 0;
  [[nodiscard]] virtual Status touch(TokenId id, int64_t now_unix_seconds) = 0;
  [[nodiscard]] virtual Status remove(TokenId id) = 0;
  [[nodiscard]] virtual Status remove_of(AccountId account) = 0;
  [[nodiscard]] virtual Status remove_ended(int64_t now_unix_seconds) = 0;
};

}  // namespace cachery::control
