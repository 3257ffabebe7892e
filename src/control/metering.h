// Metering: writes down from when on a cache is charged for what. Whoever changes a cache (makes,
// resizes, renames, gives to another team, deletes, restores it) or a plan's price notes it in the
// same transaction, so that a restart loses nothing. What is noted is a state and not a change:
// noting the same one again does nothing, and a job that notes all caches finds what was never
// noted, for example caches of a database from before there was metering. A disabled or suspended
// cache is charged: it keeps its memory. A deleted one is not, also while it can still be restored.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "control/store.h"
#include "control/usage_records.h"

namespace cachery::control {

struct CacheRecord;

inline constexpr std::chrono::seconds kMeteringPeriod{600};

class Metering {
 public:
  // `store` must outlive it.
  explicit Metering(Store& store) : store_(store) {}

  // In the transaction of the change, after it, with the cache as it is now; of one that is gone
  // for good, as it was, with note_gone. A size that the operator chose himself has no price.
  [[nodiscard]] static Status note(Records& records, const CacheRecord& cache,
                                   int64_t unix_seconds);
  [[nodiscard]] static Status note_gone(Records& records, tenant::CacheId cache,
                                        int64_t unix_seconds);

  // The job: notes every cache, and those that are gone.
  [[nodiscard]] Status reconcile(const Now& now);

 private:
  Store& store_;
};

}  // namespace cachery::control
