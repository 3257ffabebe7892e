#include "bench/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace cachery::bench {

size_t Histogram::bucket_of(uint64_t value) {
  if (value < kSteps) return static_cast<size_t>(value);
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
  const size_t bucket = (size_t{shift} << kStepBits) + static_cast<size_t>(value >> shift);
  return std::min(bucket, kBuckets - 1);
}

uint64_t Histogram::upper_edge_of(size_t bucket) {
  if (bucket < 2 * kSteps) return bucket;
  const size_t shift = (bucket >> kStepBits) - 1;
  const uint64_t step = (bucket & (kSteps - 1)) + kSteps;
  return ((step + 1) << shift) - 1;
}

void Histogram::merge(const Histogram& other) {
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
  max_ = std::max(max_, other.max_);
}

uint64_t Histogram::quantile(double quantile) const {
  const auto wanted = std::max<uint64_t>(
      1, static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(total_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return std::min(upper_edge_of(i), max_);
  }
  return max_;
}

}  // namespace cachery::bench
