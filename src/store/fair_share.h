// How the caches of a node divide its memory when their limits promise more than there is.
//
// The rule is weighted max-min fairness. A holder's level is what it holds divided by what its
// limit entitles it to. While memory is free anybody takes it. A reserve is kept for holders
// whose level is well below the highest one: they may take from it, and the housekeeper fills it
// again from the holder with the highest level. So a cache that grows late gets its share within
// milliseconds, and a cache that holds more than its share stops growing by evicting its own items.
// Where all limits fit into the memory, a holder takes what it is entitled to at any level: only
// those above it (flushed contents that are not freed yet, a limit that was lowered) give way.
//
// Rejected: shares worked out from the sum of all limits. Ten thousand caches that hold one item
// each would make everybody's share small although nearly all memory is free.
//
// A pure function of numbers; its user is Pool.
#pragma once

#include <algorithm>
#include <cstdint>

namespace cachery::store {

struct PoolRoom {
  uint64_t free_bytes = 0;
  uint64_t reserve_bytes = 0;
  bool is_oversold = false;  // the holders are entitled to more than there is
  double highest_level = 0;  // of all holders, as the housekeeper last saw it; 0: not known yet
};

// The levels of holders differ by a fifth before memory moves from one to another: two that store
// at the same rate would else evict for each other for ever.
inline constexpr double kLevelTolerance = 0.8;
// A holder of less takes from the reserve at any level, so that a cache's first items find room.
inline constexpr uint64_t kFirstBytes = 64u << 10;

// What a node keeps free for those below their share. `claimed_bytes`: for each holder what it is
// entitled to, or what it holds where that is more, as after its limit was lowered.
inline uint64_t reserve_of(uint64_t memory_bytes, uint64_t claimed_bytes) {
  if (claimed_bytes <= memory_bytes) return 0;
  return std::min<uint64_t>(memory_bytes / 32, 64u << 20);
}

inline double level_of(uint64_t held_bytes, uint64_t entitled_bytes) {
  return static_cast<double>(held_bytes) /
         static_cast<double>(std::max<uint64_t>(entitled_bytes, 1));
}

// Whether a holder that will then have `held_bytes` may take `needed_bytes`.
inline bool may_take(const PoolRoom& room, uint64_t held_bytes, uint64_t entitled_bytes,
                     uint64_t needed_bytes) {
  if (needed_bytes > room.free_bytes) return false;
  if (room.free_bytes - needed_bytes >= room.reserve_bytes) return true;
  if (held_bytes <= kFirstBytes) return true;
  if (!room.is_oversold && held_bytes <= entitled_bytes) return true;
  return level_of(held_bytes, entitled_bytes) < kLevelTolerance * room.highest_level;
}

}  // namespace cachery::store
