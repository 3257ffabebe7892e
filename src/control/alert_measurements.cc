#include "control/alert_measurements.h"

#include <cmath>

#include "tenant/table.h"

namespace cachery::control {
namespace {

using tenant::Counter;

uint64_t whole(double value) { return static_cast<uint64_t>(std::llround(value)); }

double value_of(const Span& span, Counter counter) {
  return span.values[static_cast<size_t>(counter)];
}

// Counts are added up, levels averaged over the seconds in which they are known.
AlertMeasures add_up(const std::vector<SpanPoint>& points) {
  AlertMeasures sums;
  double seconds = 0;
  double level_seconds = 0;
  for (const auto& [start, span] : points) {
    seconds += span.seconds;
    sums.get_hits += whole(value_of(span, Counter::get_hits));
    sums.get_misses += whole(value_of(span, Counter::get_misses));
    sums.evictions += whole(value_of(span, Counter::evictions));
    sums.auth_errors += whole(value_of(span, Counter::auth_errors));
    if (!span.has_levels) continue;
    level_seconds += span.seconds;
    sums.bytes += value_of(span, Counter::bytes) * span.seconds;
    sums.connections += value_of(span, Counter::curr_connections) * span.seconds;
  }
  if (level_seconds > 0) {
    sums.bytes /= level_seconds;
    sums.connections /= level_seconds;
  }
  sums.covered_seconds = static_cast<int64_t>(seconds);
  return sums;
}

}  // namespace

Result<std::optional<AlertMeasures>> SampleMeasurements::of_cache(tenant::CacheId cache,
                                                                  const TimeWindow& window) {
  const auto table = publisher_.table();
  const tenant::Cache* const present = table ? table->find_cache(cache) : nullptr;
  if (present == nullptr) return std::nullopt;
  const auto nodes = series_.spans(cache, window, kCounterResolutions[0]);
  if (!nodes) return std::unexpected(nodes.error());
  AlertMeasures measures = add_up(merged(*nodes));
  measures.limit_bytes = present->limits.memory_bytes;
  measures.connections_max = present->limits.connections_max;
  return measures;
}

}  // namespace cachery::control
