// What can be an address to deliver to. Only the form is looked at: whether somebody is there shows
// when something is delivered, and where our own network must not be reached from (loopback,
// private addresses) is decided when the name has become an address (outgoing/address_policy.h).
#pragma once

#include <string_view>

#include "base/error.h"

namespace cachery::control {

struct NewDeliveryConfig;

// invalid: an address of the channel is missing or malformed, or one of another channel is given.
[[nodiscard]] Status check_addresses(const NewDeliveryConfig& wanted);

}  // namespace cachery::control
