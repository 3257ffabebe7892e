// One request as the miss-ratio curve sees it, and the spatial sampling that chooses it: a key is
// in the sample or is not, by its hash alone, so that every request of a sampled key is seen and
// none of any other (SHARDS: Waldspurger et al., FAST '15).
#pragma once

#include <cstdint>

namespace cachery::insight {

enum class Act : uint8_t {
  hit,     // read, and it was there
  miss,    // read, and it was not there
  store,   // written whole: the size is known
  change,  // written in part (append, incr) or its time moved: it was there and was used
  remove,
  other,  // nothing was read or written: refused, or not stored
};

// Where a key stands on the line of all keys, from 0 to 2^32: a sample is those below a threshold.
// Other bits of the hash than the index and the shards go by.
constexpr uint32_t position_of(uint64_t hash) {
  return static_cast<uint32_t>((hash ^ hash >> 29) * 0xbf58476d1ce4e5b9 >> 32);
}
inline constexpr uint64_t kPositions = uint64_t{1} << 32;

struct Sample {
  uint64_t hash = 0;
  uint32_t charged_bytes = 0;  // of the item, where the act knows it (hit, store)
  uint32_t expiry = 0;         // of what is stored, by the ItemClock; 0: never
  uint32_t now = 0;            // likewise
  Act act = Act::other;
};

}  // namespace cachery::insight
