// The hash of a key: XXH3 with a seed that each process draws anew, so that nobody can prepare keys
// that collide. The only home of xxHash.
#pragma once

#include <cstdint>
#include <string_view>

namespace cachery::store {

uint64_t hash_key(std::string_view key, uint64_t seed);

}  // namespace cachery::store
