// Randomness from the kernel's cryptographic source, for identifiers, secrets and hash seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace cachery {

enum class HexCase { lower, upper };

uint64_t random_u64();
// `bytes` random bytes as 2 * bytes hex digits.
std::string random_hex(size_t bytes, HexCase hex_case);

}  // namespace cachery
