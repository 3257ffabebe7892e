// How coarse samples are made of finer ones: an hour of its tens of minutes, a day of its hours,
// once it is over. What is not over yet is read from the finer rows, so that no row is written
// twice: a day's row that grew every ten minutes was written 144 times, and PostgreSQL kept each of
// them.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "control/sample_records.h"
#include "control/samples.h"

namespace cachery::control {

constexpr int64_t aligned(int64_t time, int64_t step) { return time / step * step; }

struct RollUp {
  int64_t from_seconds = 0;
  int64_t to_seconds = 0;
};
// From fine to coarse. Minutes and tens of minutes are written by the sampler.
inline constexpr RollUp kRollUps[] = {
    {kCounterResolutions[1].step_seconds, kCounterResolutions[2].step_seconds},
    {kCounterResolutions[2].step_seconds, kCounterResolutions[3].step_seconds},
};

// The end of the last step before `end` that has a row of its own; 0: there is none.
[[nodiscard]] inline Result<int64_t> rolled_until(SampleRecords& samples, int64_t step_seconds,
                                                  int64_t end) {
  const auto last = samples.last_before(kNodeItself, step_seconds, end);
  if (!last) return std::unexpected(last.error());
  return *last ? (*last)->key.start + step_seconds : 0;
}

}  // namespace cachery::control
