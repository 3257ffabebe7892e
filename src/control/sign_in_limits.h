// How often an address, and how often an account, may fail to sign in, ask for a new password or
// sign up. Each is a rate with a burst (GCRA: one number, the time at which all is forgiven); the
// numbers lie in a table of fixed size by a keyed hash of what they are of, so that no storm of
// names or addresses takes memory or pushes another's number out. Two that share a place share a
// rate, which errs on the safe side. Rejected: rows in the database (a write for every attempt is
// what a storm wants), a map with eviction (a storm of new names would forgive the old ones).
// The numbers are of this process: two control planes let twice as much through, a restart
// forgives.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace cachery::control {

enum class Attempted : uint8_t { sign_in, second_factor, reset, sign_up };

struct Attempt {
  Attempted what = Attempted::sign_in;
  std::string_view address = {};  // an IPv6 one counts as its /64
  // Empty: only the address counts.
  std::string_view account = {};  // what tells it from others: its e-mail address, as it was given
};

struct Rate {
  uint64_t interval_ns = 0;  // one in so many
  uint64_t burst_count = 0;  // so many at once
};

// Any thread.
class SignInLimits {
 public:
  // It must outlive this.
  explicit SignInLimits(const Clock& clock);

  // 0: go on, it is counted. Else the seconds to wait, and nothing is counted.
  uint32_t take(const Attempt& attempt);
  // It was no failure after all.
  void give_back(const Attempt& attempt);

  // In the Prometheus text format. Any thread.
  std::string metrics() const;

  static constexpr size_t kPlaces = 1u << 16;

 private:
  struct Counts {
    std::atomic<uint64_t> taken = 0;
    std::atomic<uint64_t> refused = 0;
    std::atomic<uint64_t> succeeded = 0;
  };
  struct Place {
    uint64_t* forgiven_at_ns;
    Rate rate;
  };
  // Of its address and of its account.
  std::vector<Place> places_of(const Attempt& attempt);

  const Clock& clock_;
  const std::array<uint8_t, 16> key_;
  std::array<Counts, 4> counts_;  // of each Attempted
  std::mutex mutex_;
  std::vector<uint64_t> forgiven_at_ns_;  // guarded by mutex_
};

}  // namespace cachery::control
