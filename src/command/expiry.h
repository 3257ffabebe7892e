// memcache's expiry times: 0 never, negative already expired, up to 30 days relative to now, above
// that unix time. Items keep seconds of the ItemClock in 32 bits.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cachery::command {

inline constexpr int64_t kRelativeSecondsMax = 60 * 60 * 24 * 30;

// `now`: of the ItemClock; `wall_ahead`: by how much a date is ahead of it.
inline uint32_t expiry_of(int64_t exptime, uint32_t now, int64_t wall_ahead) {
  if (exptime == 0) return 0;
  if (exptime < 0) return 1;  // long past, and not "never"
  const int64_t at = exptime > kRelativeSecondsMax ? exptime - wall_ahead : exptime + now;
  return static_cast<uint32_t>(std::clamp<int64_t>(at, 1, UINT32_MAX));
}

// What is left of it; -1: it never comes. Of an item that is over, nothing.
inline int64_t ttl_of(uint32_t expiry, uint32_t now) {
  return expiry == 0 ? -1 : std::max<int64_t>(int64_t{expiry} - now, 0);
}

}  // namespace cachery::command
