// Watched prefixes and their samples over a Connection. Its twin: control/watched_prefix_records.h.
// The schema is 0050_watched_prefixes.sql.
#pragma once

#include "control/db/connection.h"
#include "control/watched_prefix_records.h"

namespace cachery::control::db {

class WatchedPrefixRows final : public WatchedPrefixRecords {
 public:
  // It must outlive this.
  explicit WatchedPrefixRows(Connection& database) : database_(database) {}

  Result<std::vector<WatchedPrefixRecord>> of(tenant::CacheId cache) override;
  Result<std::vector<WatchedPrefixRecord>> all() override;
  Status insert(const WatchedPrefixRecord& prefix) override;
  Status remove(WatchedPrefixId id) override;
  Status put(const PrefixSampleRecord& sample) override;
  Result<std::vector<PrefixSampleRecord>> samples(WatchedPrefixId prefix,
                                                  const TimeWindow& window) override;
  Status remove_samples_before(int64_t unix_seconds) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
