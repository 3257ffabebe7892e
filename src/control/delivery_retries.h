// How often and how long a delivery is tried. Twelve attempts that wait twice as long each time, to
// two hours at most: eight hours or so, which outlast a bad deployment and a night's incident in
// most places. Jitter keeps receivers that failed together from being asked together again.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cachery::control {

inline constexpr uint32_t kDeliveryAttemptsMax = 12;
inline constexpr int64_t kDeliveryWaitSecondsMin = 30;
inline constexpr int64_t kDeliveryWaitSecondsMax = 7200;
// An attempt that has not come back by then belongs to a process that died: longer than any attempt
// may take (outgoing/limits.h), for it is made again.
inline constexpr int64_t kDeliveryLeaseSeconds = 60;

// From the failure of the attempt with this number (the first is 1) to the next: between half the
// doubled wait and all of it, by the random number.
constexpr int64_t retry_wait_seconds(uint32_t attempts_count, uint64_t random) {
  const uint32_t doublings = std::min<uint32_t>(attempts_count == 0 ? 0 : attempts_count - 1, 20);
  const int64_t wait = std::min(kDeliveryWaitSecondsMin << doublings, kDeliveryWaitSecondsMax);
  const auto half = static_cast<uint64_t>(wait / 2);
  return static_cast<int64_t>(half + random % (half + 1));
}

}  // namespace cachery::control
