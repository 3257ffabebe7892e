// How long requests took, counted in buckets: four to each doubling, from 64 ns to a second, so
// that a quantile is right to an eighth. Counts of several spans or nodes are added to be merged.
// Rejected: doublings alone (a median of 400 ns would be told as anything from 256 to 512).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace cachery::tenant {

// What a request does, as far as it says how long it takes.
enum class Family : uint8_t { read, write, remove, arithmetic, touch, other };
inline constexpr std::string_view kFamilyNames[] = {"read",       "write", "delete",
                                                    "arithmetic", "touch", "other"};
inline constexpr size_t kFamilyCount = std::size(kFamilyNames);

inline constexpr uint64_t kLatencyFirstNs = 64;  // the upper bound of the first bucket
inline constexpr size_t kLatencyStepsPerDouble = 4;
inline constexpr size_t kLatencyDoublings = 24;
// The first, the steps, and one for all that took longer.
inline constexpr size_t kLatencyBuckets = 1 + kLatencyDoublings * kLatencyStepsPerDouble + 1;

using LatencyCounts = std::array<uint64_t, kLatencyBuckets>;

constexpr size_t latency_bucket(uint64_t ns) {
  if (ns < kLatencyFirstNs) return 0;
  const auto doubling = static_cast<size_t>(std::bit_width(ns / kLatencyFirstNs)) - 1;
  const uint64_t step = (ns >> doubling) * kLatencyStepsPerDouble / kLatencyFirstNs;
  return std::min(
      1 + doubling * kLatencyStepsPerDouble + static_cast<size_t>(step) - kLatencyStepsPerDouble,
      kLatencyBuckets - 1);
}

// What is counted in the bucket took less than this. The last one has no bound: what is answered
// is where it begins.
constexpr uint64_t latency_upper_ns(size_t bucket) {
  const size_t steps = std::min(bucket, kLatencyBuckets - 2);
  return (kLatencyFirstNs << steps / kLatencyStepsPerDouble) *
         (kLatencyStepsPerDouble + steps % kLatencyStepsPerDouble) / kLatencyStepsPerDouble;
}

static_assert(latency_bucket(63) == 0 && latency_bucket(64) == 1 && latency_upper_ns(0) == 64);
static_assert(latency_bucket(79) == 1 && latency_bucket(80) == 2 && latency_upper_ns(1) == 80);
static_assert(latency_bucket(127) == 4 && latency_bucket(128) == 5 && latency_upper_ns(4) == 128);
static_assert(latency_bucket((64u << kLatencyDoublings) - 1) == kLatencyBuckets - 2);
static_assert(latency_bucket(UINT64_MAX) == kLatencyBuckets - 1);

// How long requests took together. Sums of several spans, families or nodes are added to be merged.
struct LatencySums {
  uint64_t requests_count = 0;
  uint64_t busy_ns = 0;
  LatencyCounts counts{};  // of the same requests

  void add(const LatencySums& other) {
    requests_count += other.requests_count;
    busy_ns += other.busy_ns;
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  }
};

// The time within which `share` of the requests were answered: 0.99 for p99. Between the bounds of
// a bucket, requests are taken to lie evenly. nullopt: there were none.
inline std::optional<double> latency_quantile_ns(const LatencyCounts& counts, double share) {
  uint64_t total = 0;
  for (const uint64_t count : counts) total += count;
  if (total == 0) return std::nullopt;
  const double wanted = share * static_cast<double>(total);
  double before = 0;
  for (size_t bucket = 0; bucket < kLatencyBuckets; ++bucket) {
    const auto count = static_cast<double>(counts[bucket]);
    if (count > 0 && before + count >= wanted) {
      const auto upper = static_cast<double>(latency_upper_ns(bucket));
      const double lower = bucket == 0 ? 0 : static_cast<double>(latency_upper_ns(bucket - 1));
      return lower + (upper - lower) * (wanted - before) / count;
    }
    before += count;
  }
  return static_cast<double>(latency_upper_ns(kLatencyBuckets - 1));
}

}  // namespace cachery::tenant
