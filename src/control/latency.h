// How long requests took, as the control plane tells it: a mean, a median, and what one request in
// a hundred exceeds; of a node, and of a cache by family. Counts of a histogram are kept packed:
// most buckets are empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenant/node.h"

namespace cachery::control {

// Of a span of time. Times are nothing where no request was answered.
struct LatencySummary {
  double seconds = 0;  // 0: it is not known how much was counted lately
  uint64_t requests_count = 0;
  std::optional<double> mean_ns = {};
  std::optional<double> p50_ns = {};
  std::optional<double> p99_ns = {};
};

// What was added from `before` to `now`, both of one node; all of `now` when the node was started
// again in between.
tenant::LatencySums growth_of(const tenant::LatencySums& before, const tenant::LatencySums& now);
LatencySummary summarize(const tenant::LatencySums& sums, double seconds);

// For each bucket that has any: its distance from the one before, its count, as varints.
std::string pack_counts(const tenant::LatencyCounts& counts);
// All 0 where the bytes are no counts.
tenant::LatencyCounts unpack_counts(std::string_view bytes);

// Sums as they are kept for many caches.
struct PackedLatency {
  uint64_t requests_count = 0;
  uint64_t busy_ns = 0;
  std::string counts = {};  // see pack_counts

  void add(const PackedLatency& other);
};
PackedLatency pack_sums(const tenant::LatencySums& sums);
tenant::LatencySums unpack_sums(const PackedLatency& packed);
// The counts of two buckets as one, the slower: half as long to keep, right to a quarter, and never
// told as faster than it was.
tenant::LatencySums coarse(const tenant::LatencySums& sums);

// One cache on one node over a span of time.
struct FamilySummary {
  tenant::Family family = tenant::Family::other;
  LatencySummary latency = {};
};
struct CacheLatencySummary {
  uint32_t node = 0;
  LatencySummary all = {};  // families together
  std::vector<FamilySummary> families = {};
};
tenant::LatencySums sum_of(const tenant::CacheLatency& latency);

// What each node counted of a cache up to one moment, packed.
struct PackedFamily {
  tenant::Family family = tenant::Family::other;
  PackedLatency sums = {};
};
using PackedFamilies = std::vector<PackedFamily>;
PackedFamilies pack_families(const tenant::CacheLatency& latency);
// What was added since `before`, where nothing is what had not been counted by then.
CacheLatencySummary summarize(uint32_t node, const PackedFamilies& before,
                              const tenant::CacheLatency& now, double seconds);

}  // namespace cachery::control
