// Prefixes of a cache's keys that somebody wants watched, and what was measured of them a minute,
// as rows. A prefix is any bytes: keys of clients are. Their twin in control/db:
// watched_prefix_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/sequence.h"
#include "control/time_window.h"
#include "tenant/introspection.h"

namespace cachery::control {

using WatchedPrefixId = uint64_t;

inline constexpr Sequence kWatchedPrefixIds{.name = "watched_prefix"};

struct WatchedPrefixRecord {
  WatchedPrefixId id = 0;
  tenant::CacheId cache = 0;
  std::string name = {};
  int64_t created_unix_seconds = 0;
};

// The node's counts at one time: they grow until it restarts or stops watching.
struct PrefixSampleRecord {
  WatchedPrefixId prefix = 0;
  int64_t at_unix_seconds = 0;
  uint64_t items = 0;
  uint64_t bytes = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t mutations = 0;
};

class WatchedPrefixRecords {
 public:
  virtual ~WatchedPrefixRecords() = default;

  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<WatchedPrefixRecord>> of(tenant::CacheId cache) = 0;
  // By cache, then by id.
  [[nodiscard]] virtual Result<std::vector<WatchedPrefixRecord>> all() = 0;
  [[nodiscard]] virtual Status insert(const WatchedPrefixRecord& prefix) = 0;
  // Its samples go with it.
  [[nodiscard]] virtual Status remove(WatchedPrefixId id) = 0;

  // Takes the place of one of the same time.
  [[nodiscard]] virtual Status put(const PrefixSampleRecord& sample) = 0;
  // In the order of time.
  [[nodiscard]] virtual Result<std::vector<PrefixSampleRecord>> samples(
      WatchedPrefixId prefix, const TimeWindow& window) = 0;
  [[nodiscard]] virtual Status remove_samples_before(int64_t unix_seconds) = 0;
};

}  // namespace cachery::control
