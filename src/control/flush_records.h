// The flush log as rows: each time that every item of a cache was removed, who asked for it and by
// what way. Its twin in control/db: flush_rows.h.
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

inline constexpr Sequence kFlushIds{.name = "flush"};

enum class FlushOrigin : uint8_t { memcache_client, web_interface, api, admin_operation };

constexpr std::string_view name_of(FlushOrigin origin) {
  switch (origin) {
    case FlushOrigin::memcache_client:
      return "memcache client";
    case FlushOrigin::web_interface:
      return "web interface";
    case FlushOrigin::api:
      return "API";
    case FlushOrigin::admin_operation:
      return "admin operation";
  }
  return "";
}

struct FlushRecord {
  uint64_t id = 0;  // grows with the order in which flushes became known
  tenant::CacheId cache = 0;
  int64_t at_unix_seconds = 0;
  uint32_t node = 0;  // where it was asked for; 0: the only one
  FlushOrigin origin = FlushOrigin::memcache_client;
  std::string credential = {};    // its username, or the name of who acted; bytes
  std::string address = {};       // the client's
  uint64_t times = 1;             // within a minute of the first
  int64_t last_unix_seconds = 0;  // of them
};

class FlushRecords {
 public:
  virtual ~FlushRecords() = default;

  [[nodiscard]] virtual Status insert(const FlushRecord& flush) = 0;
  // True: one of the cache's newest rows, not older than `since`, is of the same origin, credential
  // and address, and counts this flush too. False: there is none, and nothing was done.
  [[nodiscard]] virtual Result<bool> repeat(const FlushRecord& flush,
                                            int64_t since_unix_seconds) = 0;
  // The newest first: `count_max` of those with a smaller id than `before`; 0: from the newest on.
  [[nodiscard]] virtual Result<std::vector<FlushRecord>> of(tenant::CacheId cache, uint64_t before,
                                                            uint32_t count_max) = 0;
  // Removes all but the `count` newest of the cache.
  [[nodiscard]] virtual Status keep_newest(tenant::CacheId cache, uint32_t count) = 0;
};

}  // namespace cachery::control
