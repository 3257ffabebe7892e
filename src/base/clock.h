// Time as the service sees it. A Clock is read once a turn of a loop and the value is passed down,
// so that one request sees one time. Unix seconds are what people and dates mean, and jump when the
// clock is corrected; steady nanoseconds are for all durations and never jump.
#pragma once

#include <cstdint>

namespace cachery {

struct Now {
  int64_t unix_seconds = 0;
  uint64_t steady_ns = 0;
};

// The clock of items: what the wall clock said at a start, and the seconds that have passed since.
// Whoever stores, looks at or sweeps items takes this one, so that a corrected wall clock neither
// ends their lives nor prolongs them. A date that a client gives is turned into its seconds once,
// when it comes.
class ItemClock {
 public:
  explicit ItemClock(const Now& start) : start_(start) {}
  int64_t seconds(const Now& now) const {
    return start_.unix_seconds + static_cast<int64_t>(now.steady_ns - start_.steady_ns) / kSecondNs;
  }
  // By so many seconds the wall clock is ahead of it.
  int64_t wall_ahead(const Now& now) const { return now.unix_seconds - seconds(now); }

 private:
  static constexpr int64_t kSecondNs = 1'000'000'000;
  Now start_;
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
  // Somebody corrects the wall clock.
  void correct_wall_clock(int64_t seconds) { now_.unix_seconds += seconds; }
  // A moment in which no second passes: the next turn of a loop.
  void advance_turn() { ++now_.steady_ns; }

 private:
  Now now_;
};

}  // namespace cachery
