// What a cache node can tell of one cache's traffic: recent requests, popular keys, watched
// prefixes, and how its misses would change with its memory. Plain data, and the interface by which
// the control plane asks. Any thread; a call takes microseconds, but prefix_stats, which looks
// through a sample of the items a piece at a time.
//
// Nothing of this is kept for a cache that nobody looks at, but the miss-ratio curve: a call that
// looks at a cache makes the node watch it for kWatchSeconds, so the first answers are empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tenant/snapshot.h"

namespace cachery::tenant {

inline constexpr int64_t kWatchSeconds = 600;
inline constexpr size_t kWatchedPrefixesMax = 8;  // of a cache: each has tables of its own
inline constexpr size_t kWatchedPrefixBytesMax = 250;

struct LoggedRequest {
  int64_t unix_seconds = 0;
  std::string key = {};      // its first 250 bytes
  std::string command = {};  // "GET"
  std::string status = {};   // "OK", "NOT_FOUND", ...
  uint64_t value_bytes = 0;
};

struct PopularItem {
  std::string name = {};
  uint64_t popularity = 0;  // requests in the last minutes, older ones counting less
};

// Each list from the most popular on, at most 20 of them.
struct PopularItems {
  uint64_t time_slice = 0;  // grows by one each time that old requests are made to count less
  int64_t since_unix_seconds = 0;  // requests are counted from then on; 0: nothing is watched yet
  double sampled_one_in = 1;       // what was counted stands for so many requests each, lately
  std::vector<PopularItem> hit_keys = {};
  std::vector<PopularItem> missed_keys = {};
  std::vector<PopularItem> mutated_keys = {};
  std::vector<PopularItem> prefixes = {};
};

struct KeyStats {
  int64_t unix_seconds = 0;
  bool is_in_cache = false;
  uint64_t value_bytes = 0;  // 0 when it is not
  // Since the key was first asked about (up to 16 keys of a cache are counted); at first, what was
  // known of it as a popular one.
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t mutations = 0;
};

struct PrefixStats {
  std::string prefix = {};
  // Estimated from a sample of the items; exact for a small cache.
  uint64_t items = 0;
  uint64_t bytes = 0;
  // Counted since the prefix is watched.
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t mutations = 0;
};

struct MissRatioPoint {
  uint64_t memory_bytes = 0;
  double miss_ratio = 0;
  double keys_per_sample = 1;  // how many keys one of the sample stands for
};

// The present limit is one of the points. Sizes grow, ratios do not.
struct MissRatioCurve {
  uint64_t limit_bytes = 0;
  double reads = 0;  // that it is made of; older ones count less
  // Reads count from then on: after a resize the miniatures have to fill first. 0: not read yet.
  int64_t ready_unix_seconds = 0;
  std::vector<MissRatioPoint> points = {};
};

// Flushes by memcache clients with one credential; what the control plane flushes, it knows itself.
struct ClientFlush {
  CacheId cache = 0;
  uint32_t node = 0;  // 0: the only one
  int64_t unix_seconds = 0;     // of the last one
  std::string credential = {};  // its username; empty where none is needed
  std::string address = {};     // the client's, of the last one
  uint64_t times = 1;
};
// Held for who takes them; see command/client_flushes.h.
inline constexpr size_t kClientFlushesHeldMax = 1024;

class Introspection {
 public:
  virtual ~Introspection() = default;

  // not_found, of each: no such cache in the last snapshot.
  [[nodiscard]] virtual Result<std::vector<LoggedRequest>> recent_requests(CacheId cache) = 0;
  // With a prefix that is watched: of the keys under it. not_found: it is not watched.
  [[nodiscard]] virtual Result<PopularItems> popular_items(CacheId cache,
                                                           std::optional<std::string> prefix) = 0;
  // A look that does not count as a use of the key.
  [[nodiscard]] virtual Result<KeyStats> key_stats(CacheId cache, std::string_view key) = 0;
  // Exactly these from now on; none lets the watch end. Those that stay keep their counts.
  [[nodiscard]] virtual Status watch_prefixes(CacheId cache, std::vector<std::string> prefixes) = 0;
  [[nodiscard]] virtual Result<std::vector<PrefixStats>> prefix_stats(CacheId cache) = 0;
  [[nodiscard]] virtual Result<MissRatioCurve> miss_ratio_curve(CacheId cache) = 0;
  // Those since the last call, which are then no longer held.
  virtual std::vector<ClientFlush> take_client_flushes() = 0;
};

}  // namespace cachery::tenant
