// Text that is promised to be UTF-8 (RFC 3629), out of bytes that may be anything: keys, and what a
// client wrote that an error repeats, cut where it fell.
#pragma once

#include <string>
#include <string_view>

namespace cachery {

// The bytes, with each that is no part of a character replaced by U+FFFD.
std::string to_utf8(std::string_view bytes);

}  // namespace cachery
