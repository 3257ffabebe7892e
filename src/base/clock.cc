#include "base/clock.h"

#include <ctime>

namespace cachery {

Now SystemClock::now() const {
  timespec wall{};
  clock_gettime(CLOCK_REALTIME, &wall);
  return Now{.unix_seconds = wall.tv_sec, .steady_ns = steady_ns()};
}

uint64_t SystemClock::steady_ns() const {
  timespec steady{};
  clock_gettime(CLOCK_MONOTONIC, &steady);
  return static_cast<uint64_t>(steady.tv_sec) * 1'000'000'000u +
         static_cast<uint64_t>(steady.tv_nsec);
}

}  // namespace cachery
