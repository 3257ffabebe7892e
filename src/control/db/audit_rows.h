// Changes as rows of the table `audit`: AuditRecords on any engine. One transaction's: it borrows
// the Connection, which must outlive it.
#pragma once

#include "control/audit_records.h"
#include "control/db/connection.h"

namespace cachery::control::db {

class AuditRows final : public AuditRecords {
 public:
  // It must outlive this.
  explicit AuditRows(Connection& database) : database_(database) {}

  Status insert(const AuditRecord& record) override;
  Result<bool> repeat(const AuditRecord& record, int64_t since_unix_seconds) override;
  Result<std::vector<AuditRecord>> list(const AuditFilter& filter) override;
  Result<uint64_t> prune_before(int64_t unix_seconds) override;
  Result<uint64_t> keep_newest(uint64_t rows_max) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
