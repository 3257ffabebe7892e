#include "store/expiry_bins.h"

namespace cachery::store {

void ExpiryBins::cover(uint32_t expiry) {
  if (is_empty()) {
    shift_ = 0;
    first_ = expiry;
    return;
  }
  while (true) {
    uint32_t low = 0;
    while (counts_[low] == 0) ++low;
    uint32_t high = kBins - 1;
    while (counts_[high] == 0) --high;
    const uint32_t number = expiry >> shift_;
    const uint32_t first = std::min(number, first_ + low);
    if (std::max(number, first_ + high) - first >= kBins) {
      widen();
      continue;
    }
    std::array<uint16_t, kBins> moved{};
    for (uint32_t bin = low; bin <= high; ++bin) moved[first_ + bin - first] = counts_[bin];
    counts_ = moved;
    first_ = first;
    return;
  }
}

void ExpiryBins::widen() {
  std::array<uint16_t, kBins> wider{};
  for (uint32_t bin = 0; bin < kBins; ++bin) {
    uint16_t& sum = wider[((first_ + bin) >> 1) - (first_ >> 1)];
    sum = static_cast<uint16_t>(sum + counts_[bin]);
  }
  counts_ = wider;
  first_ >>= 1;
  ++shift_;
}

}  // namespace cachery::store
