// What is kept about a cache, as a row, and the rows as the services see them. Its twin in
// control/db: cache_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/sequence.h"
#include "tenant/snapshot.h"

namespace cachery::control {

using tenant::CacheId;

inline constexpr CacheId kFirstCacheId = 100'001;
inline constexpr Sequence kCacheIds{.name = "cache", .first = kFirstCacheId};

struct CacheRecord {
  CacheId id = 0;
  std::string name = {};     // unique without regard to case
  std::string plan = {};     // a plan's slug, or kCustomPlan
  uint64_t limit_bytes = 0;  // what the cache may be charged with
  bool is_enabled = true;
  int64_t created_unix_seconds = 0;
};

class CacheRecords {
 public:
  virtual ~CacheRecords() = default;

  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<CacheRecord>> all() = 0;
  [[nodiscard]] virtual Result<std::optional<CacheRecord>> find(CacheId id) = 0;
  // In any case of its letters.
  [[nodiscard]] virtual Result<std::optional<CacheRecord>> named(std::string_view name) = 0;
  [[nodiscard]] virtual Status insert(const CacheRecord& cache) = 0;
  [[nodiscard]] virtual Status update(const CacheRecord& cache) = 0;
  // Its credentials go with it.
  [[nodiscard]] virtual Status remove(CacheId id) = 0;
};

}  // namespace cachery::control
