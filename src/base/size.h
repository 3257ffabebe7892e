// Sizes as people write them: "64m", "1.5 GiB", "1048576". Units are powers of two, as memcached's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cachery {

// Bytes. Refuses a negative, an empty, a unit it does not know and what passes 2^63.
[[nodiscard]] Result<uint64_t> parse_size(std::string_view text);
// "25 MiB", "1.5 GiB", "117 B": at most one decimal.
std::string format_size(uint64_t bytes);

}  // namespace cachery
