// Rates with a burst, by the generic cell rate algorithm: all that is kept is one number, the time
// at which everything taken so far is forgiven. Each taking moves it on by its cost; whoever's time
// lies further ahead than the burst allows waits, or is refused. (ITU-T I.371, annex A.)
//
// Two ways to use it:
// - one number of one's own: gcra::taken and gcra::wait_ns (serve/rate_limit.h, on the data path);
// - a number for each key, where strangers choose how many keys there are: rate_table.h.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cachery {

struct Rate {
  uint64_t interval_ns = 0;  // one in so many
  uint64_t burst_count = 1;  // so many at once, at least one
};

inline constexpr uint64_t kSecondNs = 1'000'000'000;

constexpr Rate rate_per_second(uint64_t count, uint64_t burst_count) {
  return {kSecondNs / count, burst_count};
}
constexpr Rate rate_per_hour(uint64_t count, uint64_t burst_count) {
  return {3600 * kSecondNs / count, burst_count};
}
constexpr Rate rate_per_day(uint64_t count, uint64_t burst_count) {
  return {86'400 * kSecondNs / count, burst_count};
}

namespace gcra {

// When all is forgiven, after `cost_ns` more were taken.
constexpr uint64_t taken(uint64_t forgiven_at_ns, uint64_t cost_ns, uint64_t now_ns) {
  return std::max(forgiven_at_ns, now_ns) + cost_ns;
}

// How long until the debt is no more than `allowed_ns`; 0: it is not.
constexpr uint64_t wait_ns(uint64_t forgiven_at_ns, uint64_t allowed_ns, uint64_t now_ns) {
  const uint64_t debt_ns = forgiven_at_ns > now_ns ? forgiven_at_ns - now_ns : 0;
  return debt_ns > allowed_ns ? debt_ns - allowed_ns : 0;
}

// How long until one more is within the rate; 0: now.
constexpr uint64_t wait_ns(uint64_t forgiven_at_ns, const Rate& rate, uint64_t now_ns) {
  return wait_ns(forgiven_at_ns, rate.interval_ns * (rate.burst_count - 1), now_ns);
}

}  // namespace gcra
}  // namespace cachery
