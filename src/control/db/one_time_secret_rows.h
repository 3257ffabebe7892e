// Rows of the tables one_time_secrets and recovery_codes:
// OneTimeSecretRecords on any engine. What each call promises is
// said in control/one_time_secret_records.h.
#pragma once

#include "control/db/connection.h"
#include "control/one_time_secret_records.h"

namespace cachery::control::db {

class OneTimeSecretRows final : public OneTimeSecretRecords {
 public:
  // It must outlive this.
  explicit OneTimeSecretRows(Connection& database) : database_(database) {}

  Result<std::optional<OneTimeSecretRecord>> find(SecretPurpose purpose,
                                                  const SecretDigest& digest) override;
  Result<std::vector<OneTimeSecretRecord>> of(AccountId account, SecretPurpose purpose) override;
  Status insert(const OneTimeSecretRecord& secret) override;
  Status set_tries_left(const SecretDigest& digest, int tries_left) override;
  Status remove(const SecretDigest& digest) override;
  Status remove_of(AccountId account, SecretPurpose purpose) override;
  Status remove_ended(int64_t now_unix_seconds) override;
  Status set_recovery_codes(AccountId account, const std::vector<SecretDigest>& digests) override;
  Result<uint64_t> count_recovery_codes(AccountId account) override;
  Result<bool> take_recovery_code(AccountId account, const SecretDigest& digest) override;
  Status insert_reset_request(std::string_view email) override;
  Result<std::vector<std::string>> take_reset_requests() override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
