// E-mail addresses of people and of alerts: local@domain in printable ASCII, which fits one line of
// a mail's head as it is. Rejected: quoted local parts and addresses in other scripts, which few
// mail servers take.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/error.h"

namespace cachery::control {

inline constexpr size_t kEmailBytesMax = 254;  // RFC 5321: a path's 256 without its brackets

[[nodiscard]] Status check_email(std::string_view email);

}  // namespace cachery::control
