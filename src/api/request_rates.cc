#include "api/request_rates.h"

#include <fmt/format.h>

#include "api/cookie.h"

namespace cachery::api {

uint32_t RequestRates::take(Whose whose, uint64_t id, http::Method method) {
  const bool reads = is_read(method);
  const uint64_t kind = 2 * static_cast<uint64_t>(whose) + (reads ? 1 : 0);
  return seconds_of_wait(
      rates_.take({rates_.key_of(kind, id), reads ? kReadsOfPrincipal : kChangesOfPrincipal},
                  clock_.now().steady_ns));
}

std::string rate_message(uint32_t wait_seconds) {
  return fmt::format("more requests came from you than there may be: try again in {} s",
                     wait_seconds);
}

}  // namespace cachery::api
