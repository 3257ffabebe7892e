// Time as the service sees it. A Clock is read once a turn of a loop and the value is passed down,
// so that one request sees one time. Unix seconds are what memcache's expiry is stated in; steady
// nanoseconds are for timers, rates and latencies and never jump.
#pragma once

#include <cstdint>

namespace cachery {

struct Now {
  int64_t unix_seconds = 0;
  uint64_t steady_ns = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Now now() const = 0;
  virtual uint64_t steady_ns() const { return now().steady_ns; }
};

class SystemClock final : public Clock {
 public:
  Now now() const override;
  uint64_t steady_ns() const override;
};

// For tests: stands still until advanced.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(int64_t unix_seconds = 1'700'000'000) { now_.unix_seconds = unix_seconds; }
  Now now() const override { return now_; }
  void advance_seconds(int64_t seconds) {
    now_.unix_seconds += seconds;
    now_.steady_ns += static_cast<uint64_t>(seconds) * 1'000'000'000u;
  }
  // A moment in which no second passes: the next turn of a loop.
  void advance_turn() { ++now_.steady_ns; }

 private:
  Now now_;
};

}  // namespace cachery
