// What a worker counts: for the node as a whole, for /metrics, connections, refusals, and how long
// requests took, by family; for each cache, how long its own took. Written by one worker, read by
// anybody.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "protocol/request.h"
#include "tenant/latency.h"

namespace cachery::serve {

using tenant::Family;
using tenant::kFamilyCount;
using tenant::kFamilyNames;

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
  void add_to(tenant::LatencySums& sums) const {
    sums.busy_ns += sum_ns();
    for (size_t i = 0; i < buckets_.size(); ++i) {
      const uint64_t counted = count(i);
      sums.counts[i] += counted;
      sums.requests_count += counted;
    }
  }

 private:
  std::array<SingleWriter, tenant::kLatencyBuckets> buckets_;
  SingleWriter sum_ns_;
};

// How long the requests of one cache took on one worker. A family has a histogram of 792 bytes from
// its first request on: most caches are read and written and nothing else, and there may be ten
// thousand of them. Rejected: one histogram for all families (a slow write then looks like a slow
// read), counts of 32 bits (they run over within an hour at a million requests a second).
class UseLatency {
 public:
  UseLatency() = default;
  ~UseLatency() {
    for (auto& histogram : histograms_) delete histogram.load(std::memory_order_relaxed);
  }
  UseLatency(const UseLatency&) = delete;
  UseLatency& operator=(const UseLatency&) = delete;

  // The worker alone.
  void add(Family family, uint64_t ns, uint64_t count) {
    auto& at = histograms_[static_cast<size_t>(family)];
    LatencyHistogram* histogram = at.load(std::memory_order_relaxed);
    if (histogram == nullptr) {
      histogram = std::make_unique<LatencyHistogram>().release();
      at.store(histogram, std::memory_order_release);
    }
    histogram->add(ns, count);
  }
  // Any thread. Null: nothing of the family was asked.
  const LatencyHistogram* of(Family family) const {
    return histograms_[static_cast<size_t>(family)].load(std::memory_order_acquire);
  }

 private:
  std::array<std::atomic<LatencyHistogram*>, kFamilyCount> histograms_{};
};
static_assert(sizeof(LatencyHistogram) == 792);

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
