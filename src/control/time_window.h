// A span of time that somebody wants history of, and how finely history answers it. What is kept
// and for how long is the one table here: a window is answered by the finest resolution that is
// kept for as long as the window lasts, so that the number of points stays near a thousand.
#pragma once

#include <cstdint>

namespace cachery::control {

inline constexpr int64_t kHourSeconds = 3'600;
inline constexpr int64_t kDaySeconds = 24 * kHourSeconds;

// From start, up to and without end. Unix seconds.
struct TimeWindow {
  int64_t start = 0;
  int64_t end = 0;

  int64_t seconds() const { return end - start; }
};

struct Resolution {
  int64_t step_seconds = 0;
  int64_t kept_seconds = 0;  // also the longest window that is answered with it
};

// What is sampled: counters every minute, latency every 20 s; the coarser steps are made of these.
inline constexpr Resolution kCounterResolutions[] = {
    {.step_seconds = 60, .kept_seconds = kDaySeconds},
    {.step_seconds = 600, .kept_seconds = 7 * kDaySeconds},
    {.step_seconds = kHourSeconds, .kept_seconds = 92 * kDaySeconds},
    {.step_seconds = kDaySeconds, .kept_seconds = 731 * kDaySeconds},
};
inline constexpr Resolution kLatencyResolutions[] = {
    {.step_seconds = 20, .kept_seconds = kDaySeconds},
    kCounterResolutions[1],
    kCounterResolutions[2],
    kCounterResolutions[3],
};

}  // namespace cachery::control
