// Base64 (RFC 4648) as meta keys and HTTP's Basic login use it. Bytes outside the alphabet are
// passed over, as upstream does; who must not, asks is_base64 first. Looking whether a key can be
// decoded is apart from decoding it: a request that has been parsed may be parsed again, so its
// bytes stay as they came.
#pragma once

#include <cstddef>
#include <string_view>

namespace cachery {

// Nothing but digits of base64, with its padding or without.
bool is_base64(std::string_view text);
// The length that `text` has when it is decoded; 0 where it is not base64.
size_t base64_decoded_bytes(std::string_view text);
// Decodes to `out`, which may be where the text lies (the result is shorter). Returns the length, 0
// where it is not base64.
size_t base64_decode(std::string_view text, char* out);
// Room for (bytes + 2) / 3 * 4 at `out`. Returns the end.
char* base64_encode(std::string_view bytes, char* out);

}  // namespace cachery
