// The series that are derived from samples: one table of name, unit and formula, which the API,
// the documentation and the dashboard read. A formula is a sum of counters over seconds (a rate), a
// sum over another sum (a ratio), or a gauge.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tenant/counters.h"

namespace cachery::control {

enum class SeriesKind : uint8_t { rate, ratio, level };

// Counters as bits, in the order of counters.def.
using CounterSet = uint64_t;
constexpr CounterSet counter_set(std::initializer_list<tenant::Counter> counters) {
  CounterSet set = 0;
  for (const tenant::Counter counter : counters) set |= CounterSet{1} << static_cast<int>(counter);
  return set;
}

struct Series {
  std::string_view name;
  SeriesKind kind = SeriesKind::level;
  std::string_view unit;  // "per second", "bytes per second", "ratio", "bytes", ...
  CounterSet sum = 0;
  CounterSet of = 0;  // ratio: what it is a share of
  std::string_view help;
};

// In the order of their names.
std::span<const Series> all_series();
const Series* find_series(std::string_view name);  // null: there is none
// "get_hits / (get_hits + get_misses)"
std::string formula_of(const Series& series);

// What a cache counted over a span of time: growth of its counters, mean levels of its gauges.
struct Span {
  double seconds = 0;  // that were sampled, which may be less than the step
  std::array<double, tenant::kCounterCount> values{};
  bool has_levels = false;  // false: the levels are not known
};

// The value of a series over a span; nullopt where there is none: a ratio of nothing, a level that
// is not known, a span in which nobody sampled.
std::optional<double> value_of(const Series& series, const Span& span);

}  // namespace cachery::control
