// How often an address, and how often an account, may fail to sign in, ask for a new password or
// sign up. The rates lie in a table of fixed size (base/rate_table.h), so that no storm of names or
// addresses takes memory or pushes another's rate out.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rate_table.h"

namespace cachery::control {

enum class Attempted : uint8_t { sign_in, second_factor, reset, sign_up };

struct Attempt {
  Attempted what = Attempted::sign_in;
  std::string_view address = {};  // an IPv6 one counts as its /64
  // Empty: only the address counts.
  std::string_view account = {};  // what tells it from others: its e-mail address, as it was given
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

  static constexpr size_t kKeysMax = 1u << 16;

 private:
  struct Counts {
    std::atomic<uint64_t> taken = 0;
    std::atomic<uint64_t> refused = 0;
    std::atomic<uint64_t> succeeded = 0;
  };
  // By its address and by its account.
  std::vector<RateTable::Claim> claims_of(const Attempt& attempt) const;

  const Clock& clock_;
  std::array<Counts, 4> counts_;  // of each Attempted
  RateTable rates_{kKeysMax};
};

}  // namespace cachery::control
