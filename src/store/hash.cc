#include "store/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace cachery::store {

uint64_t hash_key(std::string_view key, uint64_t seed) {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed);
}

}  // namespace cachery::store
