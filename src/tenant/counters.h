// The counters of one cache as numbers, in the order of counters.def: what `stats`, the HTTP API,
// /metrics and the samples read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cachery::tenant {

enum class CounterKind { counter, gauge };

struct CounterInfo {
  std::string_view name;
  CounterKind kind;
  std::string_view help;
};

enum class Counter : size_t {
#define CACHERY_COUNTER(name, kind, help) name,
#include "tenant/counters.def"
#undef CACHERY_COUNTER
};

inline constexpr CounterInfo kCounters[] = {
#define CACHERY_COUNTER(name, kind, help) {#name, CounterKind::kind, help},
#include "tenant/counters.def"
#undef CACHERY_COUNTER
};

inline constexpr size_t kCounterCount = std::size(kCounters);

struct CounterValues {
  std::array<uint64_t, kCounterCount> values{};

  uint64_t& operator[](Counter counter) { return values[static_cast<size_t>(counter)]; }
  uint64_t operator[](Counter counter) const { return values[static_cast<size_t>(counter)]; }
};

}  // namespace cachery::tenant
