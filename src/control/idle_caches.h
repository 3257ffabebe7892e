// Development caches that nobody uses: one without a request for 30 days is disabled, its owner is
// warned 7 days before and told after, and can enable it. A job that looks at each of them now and
// then: a cache is in use when its node's counter of bytes received moved since the last look. The
// counter falls back when the node restarts or the owner resets it, which is no use by itself.
#pragma once

#include "base/clock.h"
#include "control/audit.h"
#include "control/cache_notices.h"
#include "control/publisher.h"
#include "control/store.h"
#include "tenant/node.h"

namespace cachery::control {

inline constexpr int64_t kIdleSecondsMax = 30 * 24 * 3600;
inline constexpr int64_t kIdleWarningSeconds = 7 * 24 * 3600;  // how long before
inline constexpr int64_t kIdleLookSeconds = 3600;              // the job's period
static_assert(kIdleWarningSeconds < kIdleSecondsMax);

class IdleCaches {
 public:
  // All must outlive it.
  struct Needs {
    Store& store;
    Publisher& publisher;
    const Audit& audit;
    const tenant::Node& node;
    CacheNotices& notices;
  };
  explicit IdleCaches(const Needs& needs) : needs_(needs) {}

  // One look. What it finds is written in one transaction, published only if a cache is disabled.
  [[nodiscard]] Status look(const Now& now);

 private:
  [[nodiscard]] Status warn(Records& records, CacheRecord& cache, int64_t now) const;
  [[nodiscard]] Status disable(Records& records, CacheRecord& cache, int64_t now) const;

  const Needs needs_;
};

}  // namespace cachery::control
