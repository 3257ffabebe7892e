// Samples every cache with activity and rolls up as it goes. A job, every 20 s:
// - How long requests took since the last time is added to a row a node of each resolution.
// - Every minute the growth of all caches, and how long their own requests took, becomes one row a
//   node, a frame: one write, however many caches there are. Frames survive a crash.
// - When ten minutes are over, their frames become a chunk a cache (each minute of it), and the
//   cache's sample of the ten minutes. When an hour or a day is over, it is rolled up. What is
//   older than its resolution is kept for is dropped.
// All that one run does is one transaction: nothing is counted twice or lost when it fails, and its
// growth is part of the next sample. The first run after a start only looks: what was counted
// before is not known to have been counted lately.
// Rejected: a row a cache, minute and resolution (1.4 million rows a day for a thousand caches,
// each on a page of its own), adding every ten minutes to the rows of the hour and of the day.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "control/latency.h"
#include "control/store.h"
#include "tenant/node.h"

namespace cachery::control {

inline constexpr std::chrono::seconds kSamplingPeriod{20};

class Sampler {
 public:
  // Both must outlive it.
  Sampler(Store& store, const tenant::Node& node) : store_(store), node_(node) {}

  // The job. One thread.
  [[nodiscard]] Status run(const Now& now);

  // Samples of caches written since the start, and minutes of them; any thread.
  std::string metrics() const;

 private:
  struct Seen {  // of one node
    Now at;
    std::unordered_map<tenant::CacheId, tenant::CounterValues> caches;
    std::unordered_map<tenant::CacheId, PackedLatency> latencies;
  };
  struct SeenLatency {
    Now at;
    tenant::NodeLatency latency;
  };
  // What is to be remembered once the transaction has succeeded.
  struct Round {
    std::unordered_map<uint32_t, Seen> seen;
    std::unordered_map<uint32_t, SeenLatency> seen_latencies;
    uint64_t samples_count = 0;
  };

  [[nodiscard]] Status add_latencies(const Now& now, Records& records, Round& round);
  [[nodiscard]] Status add_frames(const Now& now, Records& records, Round& round);

  Store& store_;
  const tenant::Node& node_;

  // the job's thread alone
  std::unordered_map<uint32_t, Seen> seen_;  // by node
  std::unordered_map<uint32_t, SeenLatency> seen_latencies_;
  int64_t last_minute_ = -1;  // of Unix time

  std::atomic<uint64_t> samples_count_{0};
};

}  // namespace cachery::control
