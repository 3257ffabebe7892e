// SipHash-2-4 (Aumasson, Bernstein 2012): a hash with a secret key, for tables whose keys strangers
// choose. Whoever does not know the key cannot make two of them meet.
#pragma once

#include <cstdint>
#include <string_view>

namespace cachery {

uint64_t sip_hash(uint64_t key_low, uint64_t key_high, std::string_view bytes);

}  // namespace cachery
