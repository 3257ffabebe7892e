// What is kept about a person who signs in, as a row, and the rows as the services see them. Its
// twin in control/db: account_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/sequence.h"

namespace cachery::control {

using AccountId = uint64_t;

inline constexpr Sequence kAccountIds{.name = "account"};

struct AccountRecord {
  AccountId id = 0;
  std::string email = {};          // unique without regard to case
  std::string name = {};           // as the person writes it; may be empty
  std::string password_hash = {};  // Argon2id, see passwords.h
  bool is_confirmed = false;       // the address answered
  bool is_operator = false;
  bool is_suspended = false;
  std::string sealed_totp_key = {};  // empty: no second factor, nor one that begins
  bool has_second_factor = false;
  int64_t totp_step = 0;  // the last one whose code was taken
  int64_t created_unix_seconds = 0;
  int64_t last_sign_in_unix_seconds = 0;  // 0: never
};

// A page of accounts, in the order of their ids.
struct AccountQuery {
  std::string search = {};  // a part of the address or of the name, in any case; empty: all
  AccountId after = 0;
  uint32_t count_max = 100;
};

class AccountRecords {
 public:
  virtual ~AccountRecords() = default;

  [[nodiscard]] virtual Result<std::optional<AccountRecord>> find(AccountId id) = 0;
  [[nodiscard]] virtual Result<std::optional<AccountRecord>> by_email(std::string_view email) = 0;
  [[nodiscard]] virtual Result<std::vector<AccountRecord>> page(const AccountQuery& query) = 0;
  // Confirmed ones that are not suspended.
  [[nodiscard]] virtual Result<uint64_t> count_operators() = 0;
  [[nodiscard]] virtual Status insert(const AccountRecord& account) = 0;
  [[nodiscard]] virtual Status update(const AccountRecord& account) = 0;
  // Those whose address never answered.
  [[nodiscard]] virtual Status remove_unconfirmed_before(int64_t created_unix_seconds) = 0;
};

}  // namespace cachery::control
