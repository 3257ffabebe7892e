// What is kept of samples, as rows. New samples of all caches are one row a minute, a frame; every
// ten minutes the frames become two rows a cache, the minutes and their sum; an hour and a day that
// are over become a row of the rows of ten minutes and of the hours. A cache's rows of a resolution
// stand together. Their twin in control/db: sample_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/samples.h"
#include "control/time_window.h"

namespace cachery::control {

// All caches of a node over the minute that starts at `start`.
struct FrameRecord {
  uint32_t node = 0;
  int64_t start = 0;
  std::string packed = {};  // see pack_frame
};

// One cache on one node. Of step 60, a chunk of ten; of the others, one sample.
struct SampleKey {
  tenant::CacheId cache = 0;
  uint32_t node = 0;
  int64_t step_seconds = 0;
  int64_t start = 0;
};
struct SampleRecord {
  SampleKey key;
  std::string packed = {};
};

struct LatencyRecord {
  uint32_t node = 0;
  int64_t step_seconds = 0;
  int64_t start = 0;
  uint64_t requests_count = 0;
  uint64_t busy_ns = 0;
  std::string packed_counts = {};  // see pack_counts; empty: kept before there were any
};

class SampleRecords {
 public:
  virtual ~SampleRecords() = default;

  // In the order of their starts.
  [[nodiscard]] virtual Result<std::vector<FrameRecord>> frames(const TimeWindow& window) = 0;
  // Takes the place of one of the same node and start (a clock that was set back).
  [[nodiscard]] virtual Status put(const FrameRecord& frame) = 0;
  [[nodiscard]] virtual Status remove_frames_before(int64_t start) = 0;

  // Of one cache and step, all nodes, whose starts are in the window; in the order of starts, then
  // of nodes.
  [[nodiscard]] virtual Result<std::vector<SampleRecord>> of(tenant::CacheId cache,
                                                             int64_t step_seconds,
                                                             const TimeWindow& window) = 0;
  // The last one whose start is before `start`.
  [[nodiscard]] virtual Result<std::optional<SampleRecord>> last_before(tenant::CacheId cache,
                                                                        int64_t step_seconds,
                                                                        int64_t start) = 0;
  // Of all caches and nodes, in no order.
  [[nodiscard]] virtual Result<std::vector<SampleRecord>> between(int64_t step_seconds,
                                                                  const TimeWindow& window) = 0;
  // Each takes the place of one of the same key; no two have the same.
  [[nodiscard]] virtual Status put(const std::vector<SampleRecord>& records) = 0;
  [[nodiscard]] virtual Status remove_before(int64_t step_seconds, int64_t start) = 0;

  // Takes the place of one of the same node, step and start.
  [[nodiscard]] virtual Status put(const LatencyRecord& latency) = 0;
  [[nodiscard]] virtual Result<std::vector<LatencyRecord>> latencies(int64_t step_seconds,
                                                                     const TimeWindow& window) = 0;
  [[nodiscard]] virtual Status remove_latencies_before(int64_t step_seconds, int64_t start) = 0;
};

}  // namespace cachery::control
