// Rates by key (a person, a token, an address, a cache), where strangers choose how many keys there
// are. The memory is fixed: sets of eight places, found by a hash with a seed of this process. A
// key whose debt is forgiven needs no place, so its place goes to the next one; a key that still
// has a debt keeps its place whoever else comes. Where all eight of a set have debts, a newcomer
// shares one of them, always the same, and its debt: that errs on the safe side. Rejected: a map
// that evicts the oldest (a storm of new keys forgives the old ones); one number a hash (two keys
// that collide always share a rate); rows in the database (a write for each try is what a storm
// wants). The numbers are of this process: two control planes let twice as much through, a restart
// forgives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "base/gcra.h"

namespace cachery {

// Any thread. It takes a mutex: not for a worker's path.
class RateTable {
 public:
  // A key with the rate that holds for it. One key has one rate for as long as it has a debt.
  struct Claim {
    uint64_t key = 0;
    Rate rate = {};
  };

  // Room for so many keys that have debts at once, rounded up to whole sets of a power of two.
  explicit RateTable(size_t keys_max);

  // A key from what strangers choose. `kind` keeps keys of several kinds apart in one table.
  uint64_t key_of(uint64_t kind, std::string_view name) const;
  uint64_t key_of(uint64_t kind, uint64_t id) const;

  // All of them or none. 0: taken, once each. Else the nanoseconds to wait, and nothing is taken.
  uint64_t take(std::span<const Claim> claims, uint64_t now_ns);
  uint64_t take(const Claim& claim, uint64_t now_ns) { return take(std::span(&claim, 1), now_ns); }
  // One less: it did not count after all.
  void give_back(std::span<const Claim> claims, uint64_t now_ns);

  size_t places_count() const { return places_.size(); }

 private:
  static constexpr size_t kPlacesOfSet = 8;

  struct Place {
    uint64_t key = 0;
    uint64_t forgiven_at_ns = 0;
  };

  std::span<Place> set_of(uint64_t key);
  // The key's own place, or the one that it would take or share.
  Place& place_of(uint64_t key, uint64_t now_ns);

  const uint64_t seeds_[2];
  std::mutex mutex_;
  std::vector<Place> places_;  // guarded by mutex_
};

// What Retry-After says: whole seconds; 0: no wait.
constexpr uint32_t seconds_of_wait(uint64_t wait_ns) {
  return static_cast<uint32_t>((wait_ns + kSecondNs - 1) / kSecondNs);
}

}  // namespace cachery
