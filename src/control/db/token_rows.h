// Rows of the tables personal_tokens: TokenRecords on any engine. What each call promises is
// said in control/token_records.h.
#pragma once

#include "control/db/connection.h"
#include "control/token_records.h"

namespace cachery::control::db {

class TokenRows final : public TokenRecords {
 public:
  // It must outlive this.
  explicit TokenRows(Connection& database) : database_(database) {}

  Result<std::optional<TokenRecord>> by_digest(const SecretDigest& digest) override;
  Result<std::vector<TokenRecord>> of(AccountId account) override;
  Status insert(const TokenRecord& token) override;
  Status touch(TokenId id, int64_t now_unix_seconds) override;
  Status remove(TokenId id) override;
  Status remove_of(AccountId account) override;
  Status remove_ended(int64_t now_unix_seconds) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
