#include "control/latency.h"

#include <algorithm>

#include "control/varint.h"

namespace cachery::control {

tenant::NodeLatency growth_of(const tenant::NodeLatency& before, const tenant::NodeLatency& now) {
  if (now.requests_count < before.requests_count) return now;
  tenant::NodeLatency grown = now;
  grown.requests_count -= before.requests_count;
  grown.busy_ns -= std::min(before.busy_ns, now.busy_ns);
  grown.processor_ns -= std::min(before.processor_ns, now.processor_ns);
  for (size_t i = 0; i < grown.counts.size(); ++i) {
    grown.counts[i] -= std::min(before.counts[i], now.counts[i]);
  }
  return grown;
}

LatencySummary summarize(const tenant::NodeLatency& sums, double seconds) {
  LatencySummary summary{
      .node = sums.node, .seconds = seconds, .requests_count = sums.requests_count};
  if (sums.requests_count == 0) return summary;
  summary.mean_ns = static_cast<double>(sums.busy_ns) / static_cast<double>(sums.requests_count);
  summary.p50_ns = tenant::latency_quantile_ns(sums.counts, 0.5);
  summary.p99_ns = tenant::latency_quantile_ns(sums.counts, 0.99);
  return summary;
}

std::string pack_counts(const tenant::LatencyCounts& counts) {
  std::string out;
  size_t last = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    put_varint(i - last, out);
    put_varint(counts[i], out);
    last = i;
  }
  return out;
}

tenant::LatencyCounts unpack_counts(std::string_view bytes) {
  tenant::LatencyCounts counts{};
  uint64_t bucket = 0;
  while (!bytes.empty()) {
    const auto distance = take_varint(bytes);
    const auto count = take_varint(bytes);
    if (!distance || !count || *distance >= counts.size()) return {};
    bucket += *distance;
    if (bucket >= counts.size()) return {};
    counts[bucket] = *count;
  }
  return counts;
}

void add_counts(const tenant::LatencyCounts& more, tenant::LatencyCounts& counts) {
  for (size_t i = 0; i < counts.size(); ++i) counts[i] += more[i];
}

}  // namespace cachery::control
