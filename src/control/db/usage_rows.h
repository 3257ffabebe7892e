// Usage events as rows of the table `usage_events`: UsageRecords on any engine. Rows are only ever
// added.
#pragma once

#include "control/db/connection.h"
#include "control/usage_records.h"

namespace cachery::control::db {

class UsageRows final : public UsageRecords {
 public:
  // It must outlive this.
  explicit UsageRows(Connection& database) : database_(database) {}

  Result<std::vector<UsageEvent>> last_of_each() override;
  Result<std::optional<UsageEvent>> last_of(tenant::CacheId cache) override;
  Result<std::vector<UsageEvent>> between(int64_t start, int64_t end) override;
  Result<std::optional<int64_t>> first_unix_seconds() override;
  Status insert(const UsageEvent& event) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
