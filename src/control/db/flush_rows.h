// The flush log over a Connection. Its twin: control/flush_records.h. The schema is
// 0080_flush_log.sql.
#pragma once

#include "control/db/connection.h"
#include "control/flush_records.h"

namespace cachery::control::db {

class FlushRows final : public FlushRecords {
 public:
  // It must outlive this.
  explicit FlushRows(Connection& database) : database_(database) {}

  Status insert(const FlushRecord& flush) override;
  Result<bool> repeat(const FlushRecord& flush, int64_t since_unix_seconds) override;
  Result<std::vector<FlushRecord>> of(tenant::CacheId cache, uint64_t before,
                                      uint32_t count_max) override;
  Status keep_newest(tenant::CacheId cache, uint32_t count) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
