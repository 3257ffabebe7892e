// Metering: writes down from when on a cache is charged for what. Whoever changes a cache (makes,
// resizes, renames, gives to another team, deletes, restores it) or a plan's price notes it in the
// same transaction, so that a restart loses nothing. What is noted is a state and not a change:
// noting the same one again does nothing, and a job that notes all caches finds what was never
// noted, for example caches of a database from before there was metering. A disabled or suspended
// cache is charged: it keeps its memory. A deleted one is not, also while it can still be restored.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/clock.h"
#include "control/store.h"
#include "control/usage_records.h"

namespace cachery::control {

struct CacheRecord;

// What a plan costs a month, in minor units, within the transaction; 0: it is not sold, as a size
// that the operator chose himself.
using PlanPrice = std::function<Result<int64_t>(Records& records, std::string_view plan)>;

class Metering {
 public:
  // `store` must outlive it.
  Metering(Store& store, PlanPrice price_of) : store_(store), price_of_(std::move(price_of)) {}

  // In the transaction of the change, after it, with the cache as it is now; of one that is gone
  // for good, as it was, with note_gone.
  [[nodiscard]] Status note(Records& records, const CacheRecord& cache, int64_t unix_seconds) const;
  [[nodiscard]] static Status note_gone(Records& records, tenant::CacheId cache,
                                        int64_t unix_seconds);

  // The job: notes every cache, and those that are gone.
  [[nodiscard]] Status reconcile(const Now& now);

 private:
  Store& store_;
  const PlanPrice price_of_;
};

}  // namespace cachery::control
