// How long requests took, as the control plane tells it: a mean, a median, and what one request in
// a hundred exceeds. Counts of a histogram are kept packed: most buckets are empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tenant/node.h"

namespace cachery::control {

// Of one node over a span of time. Times are nothing where no request was answered.
struct LatencySummary {
  uint32_t node = 0;
  double seconds = 0;
  uint64_t requests_count = 0;
  std::optional<double> mean_ns = {};
  std::optional<double> p50_ns = {};
  std::optional<double> p99_ns = {};
};

// What was added from `before` to `now`, both of one node; all of `now` when the node was started
// again in between.
tenant::NodeLatency growth_of(const tenant::NodeLatency& before, const tenant::NodeLatency& now);
LatencySummary summarize(const tenant::NodeLatency& sums, double seconds);

// For each bucket that has any: its distance from the one before, its count, as varints.
std::string pack_counts(const tenant::LatencyCounts& counts);
// All 0 where the bytes are no counts.
tenant::LatencyCounts unpack_counts(std::string_view bytes);
void add_counts(const tenant::LatencyCounts& more, tenant::LatencyCounts& counts);

}  // namespace cachery::control
