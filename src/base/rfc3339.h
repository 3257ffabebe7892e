// Times as people and APIs write them: RFC 3339, in whole seconds. Reading takes any offset and any
// fraction (which is cut off); writing is always UTC, "2026-03-01T12:00:00Z". Own code, because the
// standard library of gcc 12 cannot read a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachery {

// Unix seconds; nullopt for anything that is not a time of the years 0000 to 9999.
std::optional<int64_t> parse_rfc3339(std::string_view text);
std::string format_rfc3339(int64_t unix_seconds);

}  // namespace cachery
