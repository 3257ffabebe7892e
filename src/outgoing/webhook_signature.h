// What a webhook's receiver can tell by that a request is ours and fresh: an HMAC-SHA-256 (RFC
// 2104) by a secret that only he and we have, over the time and the body, so that neither can be
// exchanged. docs/guide/alerts.md shows how to verify it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cachery::outgoing {

inline constexpr std::string_view kSignatureHeader = "Cachery-Signature";

// "t=1700000000,v1=5257a8…": the HMAC of "1700000000.BODY", in lower-case hexadecimal.
std::string sign(std::string_view secret, int64_t unix_seconds, std::string_view body);

}  // namespace cachery::outgoing
