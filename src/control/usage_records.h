// What a cache is charged for, from when on: one row each time that this changes. The bill of any
// month can be worked out again from these rows alone. They outlive the cache. Its twin in
// control/db: usage_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/sequence.h"
#include "tenant/snapshot.h"

namespace cachery::control {

inline constexpr Sequence kUsageEventIds{.name = "usage_event"};

struct UsageEvent {
  uint64_t id = 0;
  tenant::CacheId cache = 0;
  std::string cache_name = {};
  uint64_t team = 0;  // 0: none, the operator's own
  std::string plan = {};
  int64_t price_minor = 0;  // of the plan, a month
  bool is_charged = true;   // false: the cache is deleted
  int64_t at_unix_seconds = 0;

  // Says the same, whatever its id and time.
  bool is_same_state(const UsageEvent& other) const {
    return cache == other.cache && cache_name == other.cache_name && team == other.team &&
           plan == other.plan && price_minor == other.price_minor && is_charged == other.is_charged;
  }
};

class UsageRecords {
 public:
  virtual ~UsageRecords() = default;

  // Each cache's last one, in the order of the caches.
  [[nodiscard]] virtual Result<std::vector<UsageEvent>> last_of_each() = 0;
  [[nodiscard]] virtual Result<std::optional<UsageEvent>> last_of(tenant::CacheId cache) = 0;
  // All that a bill of [start, end) needs: the events in it, and before it each cache's last one.
  [[nodiscard]] virtual Result<std::vector<UsageEvent>> between(int64_t start, int64_t end) = 0;
  [[nodiscard]] virtual Result<std::optional<int64_t>> first_unix_seconds() = 0;
  [[nodiscard]] virtual Status insert(const UsageEvent& event) = 0;
};

}  // namespace cachery::control
