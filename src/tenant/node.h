// What the control plane may ask of the cache nodes: the one interface between the planes beside
// the snapshot. On one machine the implementation is a direct call (command/local_node.h), on many
// it asks each node. Any thread; calls take microseconds and never wait for a client.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tenant/counters.h"
#include "tenant/introspection.h"
#include "tenant/latency.h"
#include "tenant/snapshot.h"
#include "tenant/table.h"

namespace cachery::tenant {

// How long requests took on one node, all caches together, and how busy it was with them: sums
// since it started.
struct NodeLatency {
  uint32_t node = 0;  // 0: the only one
  LatencySums sums = {};
  uint64_t processor_ns = 0;  // that its workers used, for whatever they did
};

// How long the requests of one cache took: sums since the node first used it, which no `stats
// reset` takes back.
struct FamilyLatency {
  Family family = Family::other;
  LatencySums sums = {};
};
struct CacheLatency {
  CacheId cache = 0;
  std::vector<FamilyLatency> families = {};  // those that were asked, in the order of Family
};
struct NodeCacheLatencies {
  uint32_t node = 0;
  std::vector<CacheLatency> caches = {};  // those used since the node started
};

// What one node is and holds at this moment.
struct NodeStatus {
  uint32_t node = 0;
  std::string version = {};
  int64_t started_unix_seconds = 0;
  uint64_t workers_count = 0;
  uint64_t connections_count = 0;
  uint64_t caches_count = 0;
  uint64_t used_caches_count = 0;      // since it started
  uint64_t memory_limit_bytes = 0;     // that caches may take, with the slack of their segments
  uint64_t memory_charged_bytes = 0;   // that count against the limits of its caches
  uint64_t memory_used_bytes = 0;      // of the segments that caches hold
  uint64_t memory_resident_bytes = 0;  // of the whole process
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

// The last one of a credential by memcache clients, to the minute.
struct CredentialUse {
  CredentialId credential = 0;
  int64_t unix_seconds = 0;
};

class Node {
 public:
  virtual ~Node() = default;

  // In force when it returns. conflict: its revision is not larger than the last one's. Shared:
  // every worker holds it until the next one, and the control plane makes that of it.
  [[nodiscard]] virtual Status publish(std::shared_ptr<const TenantTable> table) = 0;
  // Every item of the cache is gone when it returns. not_found: no such cache in the last snapshot.
  [[nodiscard]] virtual Status flush(CacheId cache) = 0;
  [[nodiscard]] virtual Result<CounterValues> counters(CacheId cache) const = 0;
  [[nodiscard]] virtual Status reset_counters(CacheId cache) = 0;
  // For sampling: an element a node that answers.
  virtual std::vector<NodeLatency> latencies() const = 0;
  // Of every cache, or of one; one that was never used is not there.
  virtual std::vector<NodeCacheLatencies> cache_latencies(std::optional<CacheId> only) const = 0;
  virtual std::vector<NodeActivity> activity() const = 0;
  // Adds up all caches: for people and for jobs, not for each request.
  virtual std::vector<NodeStatus> status() const = 0;
  // Of each credential that was used since the last call, which are then no longer held. One may be
  // there several times.
  virtual std::vector<CredentialUse> take_credential_uses() = 0;
  // What it can tell of a cache's traffic. Lives as long as the node.
  virtual Introspection& introspection() = 0;
  // The node's own metrics in the Prometheus text format (HELP, TYPE, samples).
  virtual std::string metrics() const = 0;
};

}  // namespace cachery::tenant
