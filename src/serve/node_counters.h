// What a worker counts for the node as a whole, for /metrics: connections, refusals, and how long
// requests took, by family. Written by one worker, read by anybody.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/request.h"
#include "tenant/latency.h"

namespace cachery::serve {

enum class Family : uint8_t { read, write, remove, arithmetic, touch, other };
inline constexpr std::string_view kFamilyNames[] = {"read",       "write", "delete",
                                                    "arithmetic", "touch", "other"};
inline constexpr size_t kFamilyCount = std::size(kFamilyNames);

constexpr Family family_of(protocol::Verb verb) {
  using protocol::Verb;
  switch (verb) {
    case Verb::get:
    case Verb::meta_get:
    case Verb::meta_debug:
      return Family::read;
    case Verb::set:
    case Verb::add:
    case Verb::replace:
    case Verb::append:
    case Verb::prepend:
    case Verb::cas:
    case Verb::meta_set:
    case Verb::refuse_too_large:
      return Family::write;
    case Verb::remove:
    case Verb::meta_delete:
      return Family::remove;
    case Verb::incr:
    case Verb::decr:
    case Verb::meta_arithmetic:
      return Family::arithmetic;
    case Verb::touch:
    case Verb::gat:
      return Family::touch;
    default:
      return Family::other;
  }
}

// A counter with one writer.
class SingleWriter {
 public:
  void add(uint64_t count) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class LatencyHistogram {
 public:
  void add(uint64_t ns, uint64_t count) {
    buckets_[tenant::latency_bucket(ns)].add(count);
    sum_ns_.add(ns * count);
  }
  uint64_t count(size_t bucket) const { return buckets_[bucket].get(); }
  uint64_t sum_ns() const { return sum_ns_.get(); }

 private:
  std::array<SingleWriter, tenant::kLatencyBuckets> buckets_;
  SingleWriter sum_ns_;
};

struct NodeCounters {
  SingleWriter connections_opened;
  SingleWriter authentications;
  SingleWriter authentication_failures;
  SingleWriter authentications_not_understood;  // which are none of the above
  SingleWriter authentication_timeouts;
  SingleWriter connections_displaced;  // closed without a login, for a newcomer
  std::array<SingleWriter, kFamilyCount> requests;
  std::array<LatencyHistogram, kFamilyCount> latency;
};

}  // namespace cachery::serve
