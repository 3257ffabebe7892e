// What the control plane may ask of the cache nodes: the one interface between the planes beside
// the snapshot. On one machine the implementation is a direct call (command/local_node.h), on many
// it asks each node. Any thread; calls take microseconds and never wait for a client.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tenant/counters.h"
#include "tenant/introspection.h"
#include "tenant/snapshot.h"

namespace cachery::tenant {

// How long requests took on one node, all caches together: sums since it started.
struct NodeLatency {
  uint32_t node = 0;  // 0: the only one
  uint64_t requests_count = 0;
  uint64_t busy_ns = 0;
};

// A cache's counters since the node first used it: unlike those that clients see, no `stats reset`
// takes them back. Gauges are of this moment.
struct CacheActivity {
  CacheId cache = 0;
  CounterValues values;
};

struct NodeActivity {
  uint32_t node = 0;
  std::vector<CacheActivity> caches;  // those used since the node started
};

class Node {
 public:
  virtual ~Node() = default;

  // In force when it returns; the snapshot's revision must be larger than the last one's.
  [[nodiscard]] virtual Status publish(Snapshot snapshot) = 0;
  // Every item of the cache is gone when it returns. not_found: no such cache in the last snapshot.
  [[nodiscard]] virtual Status flush(CacheId cache) = 0;
  [[nodiscard]] virtual Result<CounterValues> counters(CacheId cache) const = 0;
  [[nodiscard]] virtual Status reset_counters(CacheId cache) = 0;
  // For sampling: an element a node that answers.
  virtual std::vector<NodeLatency> latencies() const = 0;
  virtual std::vector<NodeActivity> activity() const = 0;
  // What it can tell of a cache's traffic. Lives as long as the node.
  virtual Introspection& introspection() = 0;
  // The node's own metrics in the Prometheus text format (HELP, TYPE, samples).
  virtual std::string metrics() const = 0;
};

}  // namespace cachery::tenant
