// What usernames and passwords look like: the control plane makes them so, and a node knows a login
// by it.
#pragma once

#include <cstddef>

namespace cachery::tenant {

inline constexpr size_t kUsernameDigits = 6;   // lower-case hexadecimal
inline constexpr size_t kPasswordDigits = 32;  // upper-case hexadecimal

}  // namespace cachery::tenant
