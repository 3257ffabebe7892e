// Rows of the tables accounts: AccountRecords on any engine. What each call promises is
// said in control/account_records.h.
#pragma once

#include "control/account_records.h"
#include "control/db/connection.h"

namespace cachery::control::db {

class AccountRows final : public AccountRecords {
 public:
  // It must outlive this.
  explicit AccountRows(Connection& database) : database_(database) {}

  Result<std::optional<AccountRecord>> find(AccountId id) override;
  Result<std::optional<AccountRecord>> by_email(std::string_view email) override;
  Result<std::vector<AccountRecord>> page(const AccountQuery& query) override;
  Result<uint64_t> count_operators() override;
  Status insert(const AccountRecord& account) override;
  Status update(const AccountRecord& account) override;
  Status remove_unconfirmed_before(int64_t created_unix_seconds) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
