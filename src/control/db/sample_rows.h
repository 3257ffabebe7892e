// Samples as rows of the tables `sample_frames`, `samples` and `latencies`: SampleRecords on any
// engine.
#pragma once

#include "control/db/connection.h"
#include "control/sample_records.h"

namespace cachery::control::db {

class SampleRows final : public SampleRecords {
 public:
  // It must outlive this.
  explicit SampleRows(Connection& database) : database_(database) {}

  Result<std::vector<FrameRecord>> frames(const TimeWindow& window) override;
  Status put(const FrameRecord& frame) override;
  Status remove_frames_before(int64_t start) override;

  Result<std::vector<SampleRecord>> of(tenant::CacheId cache, int64_t step_seconds,
                                       const TimeWindow& window) override;
  Result<std::optional<SampleRecord>> last_before(tenant::CacheId cache, int64_t step_seconds,
                                                  int64_t start) override;
  Result<std::vector<SampleRecord>> between(int64_t step_seconds,
                                            const TimeWindow& window) override;
  Status put(const std::vector<SampleRecord>& records) override;
  Status remove_before(int64_t step_seconds, int64_t start) override;

  Status put(const LatencyRecord& latency) override;
  Result<std::vector<LatencyRecord>> latencies(int64_t step_seconds,
                                               const TimeWindow& window) override;
  Status remove_latencies_before(int64_t step_seconds, int64_t start) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
