// A rate limit shared by the workers: a token bucket of one second's worth, held as the time at
// which it would be full again (GCRA), so that taking from it is one compare-and-swap. What is over
// the limit is not refused: the caller waits, and only it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace cachery::serve {

class RateLimit {
 public:
  // 0: no limit. Any thread.
  void set_per_second(uint64_t per_second) {
    per_second_.store(per_second, std::memory_order_relaxed);
  }

  // Takes `count`. Returns the time (steady nanoseconds) until which the caller shall wait before
  // it takes more; not later than `now_ns`: go on.
  uint64_t take(uint64_t count, uint64_t now_ns) {
    const uint64_t per_second = per_second_.load(std::memory_order_relaxed);
    if (per_second == 0 || count == 0) return 0;
    const uint64_t cost_ns = count * kSecondNs / per_second;
    uint64_t full_at = full_at_ns_.load(std::memory_order_relaxed);
    uint64_t next = 0;
    do {
      next = std::max(full_at, now_ns) + cost_ns;
    } while (!full_at_ns_.compare_exchange_weak(full_at, next, std::memory_order_relaxed));
    return next > kBurstNs ? next - kBurstNs : 0;
  }

 private:
  static constexpr uint64_t kSecondNs = 1'000'000'000;
  static constexpr uint64_t kBurstNs = kSecondNs;

  std::atomic<uint64_t> per_second_{0};
  std::atomic<uint64_t> full_at_ns_{0};
};

}  // namespace cachery::serve
