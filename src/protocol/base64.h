// Base64 as meta keys use it (RFC 4648). Bytes outside the alphabet are passed over, as upstream
// does. Looking whether a key can be decoded is apart from decoding it: a request that has been
// parsed may be parsed again, so its bytes stay as they came.
#pragma once

#include <cstddef>
#include <string_view>

namespace cachery::protocol {

// The length that `text` has when it is decoded; 0 where it is not base64.
size_t base64_decoded_bytes(std::string_view text);
// Decodes to `out`, which may be where the text lies (the result is shorter). Returns the length, 0
// where it is not base64.
size_t base64_decode(std::string_view text, char* out);
// Room for (bytes + 2) / 3 * 4 at `out`. Returns the end.
char* base64_encode(std::string_view bytes, char* out);

}  // namespace cachery::protocol
