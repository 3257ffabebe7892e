#include "control/alert_measurements.h"

#include <algorithm>

#include "control/samples.h"
#include "tenant/table.h"

namespace cachery::control {
namespace {

using tenant::Counter;

// More judgements a window than alerts make; those in between tell nothing new.
constexpr size_t kLooksMax = 16;

}  // namespace

Result<std::optional<AlertMeasures>> NodeMeasurements::of_cache(tenant::CacheId cache,
                                                                const TimeWindow& window) {
  forget_before(window.start);
  const auto table = publisher_.table();
  const tenant::Cache* const present = table ? table->find_cache(cache) : nullptr;
  if (present == nullptr) return std::nullopt;
  const auto values = node_.counters(cache);
  if (!values && values.error().fault == Fault::not_found) return std::nullopt;
  if (!values) return std::unexpected(values.error());

  std::deque<Look>& looks = looks_[cache];
  // A clock that was set back makes what was seen after it the future.
  while (!looks.empty() && looks.back().unix_seconds >= window.end) looks.pop_back();
  AlertMeasures measures{.window_seconds = window.seconds(),
                         .limit_bytes = present->limits.memory_bytes,
                         .connections_max = present->limits.connections_max};
  looks.push_back({window.end, *values});
  Sample sum;
  for (size_t i = 1; i < looks.size(); ++i) {
    const auto seconds = static_cast<uint64_t>(looks[i].unix_seconds - looks[i - 1].unix_seconds);
    sum.add(sample_between(looks[i - 1].values, looks[i].values, seconds));
  }
  if (looks.size() > kLooksMax) looks.erase(looks.end() - 2);
  if (sum.seconds == 0) return measures;
  const auto level = [&](Counter gauge) {
    return static_cast<double>(sum.sums[gauge]) / static_cast<double>(sum.seconds);
  };
  measures.covered_seconds = static_cast<int64_t>(sum.seconds);
  measures.get_hits = sum.sums[Counter::get_hits];
  measures.get_misses = sum.sums[Counter::get_misses];
  measures.evictions = sum.sums[Counter::evictions];
  measures.auth_errors = sum.sums[Counter::auth_errors];
  measures.bytes = level(Counter::bytes);
  measures.connections = level(Counter::curr_connections);
  return measures;
}

// Once a window's end: the looks that no window will reach again, and caches without any.
void NodeMeasurements::forget_before(int64_t unix_seconds) {
  if (unix_seconds == forgotten_before_) return;
  forgotten_before_ = unix_seconds;
  for (auto& [cache, looks] : looks_) {
    while (!looks.empty() && looks.front().unix_seconds < unix_seconds) looks.pop_front();
  }
  std::erase_if(looks_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace cachery::control
