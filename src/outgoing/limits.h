// Every bound of requests that the service itself makes to addresses that its users gave, each with
// the failure that it prevents.
#pragma once

#include <chrono>
#include <cstddef>

#include "control/delivery_retries.h"

namespace cachery::outgoing {

inline constexpr std::chrono::milliseconds kConnectTime{5'000};    // nobody answers there
inline constexpr std::chrono::milliseconds kExchangeTime{10'000};  // a receiver that trickles
inline constexpr size_t kAnswerBytesMax = 64u << 10;               // an answer that never ends
inline constexpr size_t kAnswerBytesKept = 200;  // of it, shown to whoever gave the address

static_assert(kExchangeTime < std::chrono::seconds{control::kDeliveryLeaseSeconds} / 2,
              "an attempt must end before another process makes it again");

}  // namespace cachery::outgoing
