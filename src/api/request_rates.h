// How many requests one principal may make: a rate for those that change something (each writes an
// audit row and a transaction) and a wider one for those that only read (a year of samples as CSV
// costs much more than it seems). Everybody who proves who they are is counted here, whatever door
// they came by; the operator is not. A person and all of their sessions and tokens are one, and so
// are all credentials and links of a cache: more of them would otherwise be more rate.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/rate_table.h"
#include "http/message.h"

namespace cachery::api {

// docs/limits.md tells both.
inline constexpr Rate kChangesOfPrincipal = rate_per_second(2, 300);
inline constexpr Rate kReadsOfPrincipal = rate_per_second(50, 1000);

// Any thread.
class RequestRates {
 public:
  enum class Whose : uint8_t { account, cache };

  // It must outlive this.
  explicit RequestRates(const Clock& clock) : clock_(clock) {}

  // 0: go on, it is counted. Else the seconds to wait: the request is not to be answered.
  [[nodiscard]] uint32_t take(Whose whose, uint64_t id, http::Method method);

  static constexpr size_t kPrincipalsMax = 1u << 14;

 private:
  const Clock& clock_;
  RateTable rates_{kPrincipalsMax};
};

// What a refused one is told, whatever the shape of errors there.
std::string rate_message(uint32_t wait_seconds);

}  // namespace cachery::api
