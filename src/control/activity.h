// What many caches did lately, a few steps each, for lists of them. A history at a time would read
// every minute's frame once for each cache; this reads the frames once for all of them.
#pragma once

#include <map>
#include <vector>

#include "base/error.h"
#include "control/series.h"
#include "control/store.h"
#include "control/time_window.h"
#include "tenant/snapshot.h"

namespace cachery::control {

// The steps of a window, in order; one in which nobody sampled has no seconds.
using StepSpans = std::vector<Span>;

// Of `caches`, those that counted something in the window. `step_seconds` is a whole number of
// minutes; the window begins at a step and is a whole number of them.
[[nodiscard]] Result<std::map<tenant::CacheId, StepSpans>> read_activity(
    Store& store, const std::vector<tenant::CacheId>& caches, const TimeWindow& window,
    int64_t step_seconds);

}  // namespace cachery::control
