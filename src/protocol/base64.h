// Base64 as meta keys use it (RFC 4648), in place because the result is shorter and a request owns
// no memory. Bytes outside the alphabet are passed over, as upstream does.
#pragma once

#include <cstddef>
#include <string_view>

namespace cachery::protocol {

// Decodes over its own text (the result is shorter). Returns the length, 0 where it is not base64.
size_t base64_decode_in_place(char* text, size_t bytes);
// Room for (bytes + 2) / 3 * 4 at `out`. Returns the end.
char* base64_encode(std::string_view bytes, char* out);

}  // namespace cachery::protocol
