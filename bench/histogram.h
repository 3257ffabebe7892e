// Latencies as counts in buckets of constant relative width (as HdrHistogram has them): 64 steps to
// each power of two, so a percentile is at most 1.6 % off at any magnitude, adding one costs a few
// nanoseconds and two histograms merge by addition. A list of samples would grow by 8 MB for each
// million requests and be slow to sort.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace cachery::bench {

class Histogram {
 public:
  void add(uint64_t value, uint64_t count = 1) {
    counts_[bucket_of(value)] += count;
    total_ += count;
    if (value > max_) max_ = value;
  }
  void merge(const Histogram& other);
  // The upper edge of the bucket in which the share `quantile` (0..1) of all values is reached; 0
  // when there are none. Never above max().
  uint64_t quantile(double quantile) const;
  uint64_t total() const { return total_; }
  uint64_t max() const { return max_; }

 private:
  static constexpr unsigned kStepBits = 6;
  static constexpr size_t kSteps = size_t{1} << kStepBits;
  // Values up to 2^42 ns, above an hour; what is larger counts in the last bucket.
  static constexpr size_t kBuckets = kSteps * 38;

  static size_t bucket_of(uint64_t value);
  static uint64_t upper_edge_of(size_t bucket);

  std::array<uint64_t, kBuckets> counts_{};
  uint64_t total_ = 0;
  uint64_t max_ = 0;
};

}  // namespace cachery::bench
