// A rate limit that the workers share: one second's worth at once, held as one number
// (base/gcra.h), so that taking from it is one compare-and-swap. What is over the limit is not
// refused: the caller waits, and only it.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/gcra.h"

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
    uint64_t forgiven_at = forgiven_at_ns_.load(std::memory_order_relaxed);
    uint64_t next = 0;
    do {
      next = gcra::taken(forgiven_at, cost_ns, now_ns);
    } while (!forgiven_at_ns_.compare_exchange_weak(forgiven_at, next, std::memory_order_relaxed));
    return next > kBurstNs ? next - kBurstNs : 0;
  }

 private:
  static constexpr uint64_t kBurstNs = kSecondNs;

  std::atomic<uint64_t> per_second_{0};
  std::atomic<uint64_t> forgiven_at_ns_{0};
};

}  // namespace cachery::serve
