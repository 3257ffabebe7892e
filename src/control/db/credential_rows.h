// Credentials as rows of the table `credentials`: CredentialRecords on any engine. Lists are
// kept in one column, separated by commas, for nothing is asked of their parts.
#pragma once

#include "control/credential_records.h"
#include "control/db/connection.h"
#include "control/touched.h"

namespace cachery::control::db {

class CredentialRows final : public CredentialRecords {
 public:
  // Both must outlive this. What nodes must know of is noted as touched.
  CredentialRows(Connection& database, Touched& touched) : database_(database), touched_(touched) {}

  Result<std::vector<CredentialRecord>> all() override;
  Result<std::vector<CredentialRecord>> of(CacheId cache) override;
  Result<std::vector<CredentialRecord>> between(CacheId first, CacheId last) override;
  Result<bool> has_username(std::string_view username) override;
  Status insert(const CredentialRecord& credential) override;
  Status update(const CredentialRecord& credential) override;
  Status note_use(CredentialId id, int64_t unix_seconds) override;
  Status remove(CredentialId id) override;

 private:
  Connection& database_;
  Touched& touched_;
};

}  // namespace cachery::control::db
