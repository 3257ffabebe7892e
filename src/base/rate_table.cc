#include "base/rate_table.h"

#include <algorithm>
#include <bit>

#include "base/random.h"
#include "base/sip_hash.h"

namespace cachery {

RateTable::RateTable(size_t keys_max)
    : seeds_{random_u64(), random_u64()},
      places_(std::bit_ceil((std::max<size_t>(keys_max, 1) + kPlacesOfSet - 1) / kPlacesOfSet) *
              kPlacesOfSet) {}

uint64_t RateTable::key_of(uint64_t kind, std::string_view name) const {
  return sip_hash(seeds_[0] ^ kind, seeds_[1], name);
}

uint64_t RateTable::key_of(uint64_t kind, uint64_t id) const {
  return key_of(kind, std::string_view(reinterpret_cast<const char*>(&id), sizeof id));
}

std::span<RateTable::Place> RateTable::set_of(uint64_t key) {
  const size_t sets_count = places_.size() / kPlacesOfSet;
  return std::span(places_).subspan((key & (sets_count - 1)) * kPlacesOfSet, kPlacesOfSet);
}

RateTable::Place& RateTable::place_of(uint64_t key, uint64_t now_ns) {
  const std::span<Place> set = set_of(key);
  const auto own = std::ranges::find(set, key, &Place::key);
  if (own != set.end()) return *own;
  Place& freest = *std::ranges::min_element(set, {}, &Place::forgiven_at_ns);
  return freest.forgiven_at_ns <= now_ns ? freest : set[(key >> 32) % kPlacesOfSet];
}

uint64_t RateTable::take(std::span<const Claim> claims, uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  uint64_t wait = 0;
  for (const Claim& claim : claims) {
    wait = std::max(wait,
                    gcra::wait_ns(place_of(claim.key, now_ns).forgiven_at_ns, claim.rate, now_ns));
  }
  if (wait > 0) return wait;
  for (const Claim& claim : claims) {
    Place& place = place_of(claim.key, now_ns);
    if (place.forgiven_at_ns <= now_ns) place.key = claim.key;
    place.forgiven_at_ns = gcra::taken(place.forgiven_at_ns, claim.rate.interval_ns, now_ns);
  }
  return 0;
}

void RateTable::give_back(std::span<const Claim> claims, uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  for (const Claim& claim : claims) {
    Place& place = place_of(claim.key, now_ns);
    if (place.key != claim.key) continue;  // it shares: what it added cannot be told apart
    place.forgiven_at_ns -= std::min(place.forgiven_at_ns, claim.rate.interval_ns);
  }
}

}  // namespace cachery
