// Addresses that somebody came from who proved who they are: when places run short, a part is kept
// for them (base/fair_shares.h). A table of fixed size by a keyed hash: no storm takes memory, and
// only those who prove who they are get into it at all. Two addresses whose hashes meet share a
// place, which lets a stranger in now and then and keeps nobody out.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/network.h"
#include "base/random.h"
#include "base/sip_hash.h"

namespace cachery::http {

// Any thread.
class KnownClients {
 public:
  // It must outlive this.
  explicit KnownClients(const Clock& clock) : clock_(clock) {}

  void note(std::string_view address) { place_of(address).store(now(), std::memory_order_relaxed); }
  bool contains(std::string_view address) const {
    const uint64_t noted = place_of(address).load(std::memory_order_relaxed);
    return noted != 0 && now() - noted < kKeptSeconds;
  }

  static constexpr uint64_t kKeptSeconds = 7 * 86'400;
  static constexpr size_t kPlaces = 1u << 16;

 private:
  uint64_t now() const { return 1 + clock_.steady_ns() / 1'000'000'000; }
  std::atomic<uint64_t>& place_of(std::string_view address) const {
    return places_[sip_hash(seeds_[0], seeds_[1], network_of_client(address)) % kPlaces];
  }

  const Clock& clock_;
  const std::array<uint64_t, 2> seeds_{random_u64(), random_u64()};
  mutable std::array<std::atomic<uint64_t>, kPlaces> places_{};  // when, in seconds; 0: never
};

}  // namespace cachery::http
