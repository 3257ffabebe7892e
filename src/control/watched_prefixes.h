// Watched prefixes: what the node is asked to watch for a cache, and the history of it. The names
// and ids are kept here, so that they outlive the node; a job tells the node again each minute and
// takes its counts, so that a node that was restarted watches them within a minute too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "control/actor.h"
#include "control/audit.h"
#include "control/store.h"
#include "control/watched_prefix_records.h"
#include "tenant/node.h"

namespace cachery::control {

inline constexpr int64_t kPrefixSampleSeconds = 60;
inline constexpr int64_t kPrefixSamplesKeptSeconds = 7 * kDaySeconds;

// Of a span of time; rates a second.
struct PrefixPoint {
  int64_t start = 0;
  uint64_t items = 0;  // at its end, as are the bytes
  uint64_t bytes = 0;
  double hits_rate = 0;
  double misses_rate = 0;
  double mutations_rate = 0;
};

class WatchedPrefixes {
 public:
  // All must outlive it.
  WatchedPrefixes(Store& store, tenant::Node& node, const Audit& audit, const Clock& clock)
      : store_(store), node_(node), audit_(audit), clock_(clock) {}

  [[nodiscard]] Result<std::vector<WatchedPrefixRecord>> list(tenant::CacheId cache);
  // not_found: it is not one of this cache's.
  [[nodiscard]] Result<WatchedPrefixRecord> find(tenant::CacheId cache, WatchedPrefixId id);
  // One that is watched already is answered as it is. invalid: a name that no key can begin with.
  // conflict: kWatchedPrefixesMax are watched.
  [[nodiscard]] Result<WatchedPrefixRecord> watch(const Actor& actor, tenant::CacheId cache,
                                                  std::string_view name);
  [[nodiscard]] Status unwatch(const Actor& actor, tenant::CacheId cache, WatchedPrefixId id);

  // The points of a window, each `step_seconds` long, as far as there are samples.
  [[nodiscard]] Result<std::vector<PrefixPoint>> points(WatchedPrefixId id,
                                                        const TimeWindow& window,
                                                        int64_t step_seconds);
  [[nodiscard]] Result<tenant::PopularItems> popular_items(const WatchedPrefixRecord& prefix);

  // The job, once each kPrefixSampleSeconds.
  [[nodiscard]] Status run(const Now& now);

 private:
  [[nodiscard]] Status note(Records& records, const Actor& actor, std::string_view verb,
                            const WatchedPrefixRecord& prefix) const;
  [[nodiscard]] Status tell_node(tenant::CacheId cache);

  Store& store_;
  tenant::Node& node_;
  const Audit& audit_;
  const Clock& clock_;
};

// Samples of one prefix, in the order of time, as points. A count that is smaller than the one
// before began anew in between.
std::vector<PrefixPoint> points_of(const std::vector<PrefixSampleRecord>& samples,
                                   int64_t step_seconds);

}  // namespace cachery::control
