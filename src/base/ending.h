// The end of the process, as those see it who wait for others: a database that is locked or hangs,
// a receiver that trickles, a mail server. They look here while they wait, and give up once it has
// begun, so that the process ends when it is told to.
#pragma once

#include <atomic>
#include <chrono>

namespace cachery {

// Any thread. Outlives whoever looks.
class Ending {
 public:
  void begin() { has_begun_.store(true, std::memory_order_relaxed); }
  bool has_begun() const { return has_begun_.load(std::memory_order_relaxed); }

  // Whoever waits looks this often.
  static constexpr std::chrono::milliseconds kLookPeriod{50};

 private:
  std::atomic<bool> has_begun_ = false;
};

}  // namespace cachery
