// What the nodes do at present: requests, how long they take, how busy the workers are. Nodes tell
// sums since their start, so a rate needs an earlier look: a job looks every 20 seconds and the
// looks of the last minute are kept, of each cache some 200 bytes. Whoever asks is told what was
// added since the oldest of them. In memory only: history is the sampler's.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "control/latency.h"
#include "tenant/node.h"

namespace cachery::control {

inline constexpr std::chrono::seconds kNodeLookPeriod{20};

struct NodeReport {
  tenant::NodeStatus status = {};
  LatencySummary latency = {};
  // How much of the time its workers were busy, from 0 to 1. Nothing: not known yet.
  std::optional<double> load = {};
};

class NodeWatch {
 public:
  // Both must outlive it.
  NodeWatch(const tenant::Node& node, const Clock& clock) : node_(node), clock_(clock) {}

  // The job.
  [[nodiscard]] Status look(const Now& now);

  // Any thread. Over the last minute, or as much of it as the service runs; an element a node.
  std::vector<NodeReport> report() const;
  // Of a cache's own requests; only nodes where it was ever used.
  std::vector<CacheLatencySummary> latencies(tenant::CacheId cache) const;

 private:
  struct Look {
    Now at;
    std::vector<tenant::NodeLatency> nodes;
    std::unordered_map<uint32_t, std::unordered_map<tenant::CacheId, PackedFamilies>> caches;
  };
  struct Growth {
    double seconds = 0;  // 0: the node was not looked at before
    tenant::NodeLatency latency;
  };

  std::vector<Growth> growths() const;
  // With mutex_ held.
  CacheLatencySummary summarize_since(uint32_t node, const tenant::CacheLatency& latency,
                                      const Now& now) const;

  const tenant::Node& node_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::deque<Look> looks_;  // guarded by mutex_; the oldest first
};

}  // namespace cachery::control
