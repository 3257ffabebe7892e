// When the records of one segment expire: how many in each of eight spans of time. A walk over a
// segment costs as much as it has records, so it should start only where it finds something: with
// the earliest expiry alone a segment of mixed times to live is walked again every second.
//
// A bin is 2^shift seconds. The width doubles, and neighbours are added up, whenever a new expiry
// does not fit in eight bins; so a record is known to have expired at most one width late, which is
// less than a third of the time that the segment's expiries were spread over.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace cachery::store {

class ExpiryBins {
 public:
  static constexpr uint32_t kNever = UINT32_MAX;

  // 0, for what does not expire, is not counted.
  void add(uint32_t expiry) {
    if (expiry == 0) return;
    if (expiry >> shift_ < first_ || expiry >> shift_ >= first_ + kBins || is_empty()) {
      cover(expiry);
    }
    ++counts_[(expiry >> shift_) - first_];
  }
  // What was added.
  void remove(uint32_t expiry) {
    if (expiry == 0) return;
    const uint32_t bin = (expiry >> shift_) - first_;
    CHECK(bin < kBins && counts_[bin] > 0);
    --counts_[bin];
  }

  // Of the records that have expired by `now`, those in bins that have passed whole.
  uint32_t due(uint32_t now) const {
    uint32_t due = 0;
    for (uint32_t bin = 0; bin < kBins && last_second_of(bin) <= now; ++bin) due += counts_[bin];
    return due;
  }
  // When due() will first find something; kNever while nothing expires.
  uint32_t next_due() const {
    const auto* const first =
        std::find_if(counts_.begin(), counts_.end(), [](uint16_t count) { return count > 0; });
    return first == counts_.end() ? kNever
                                  : last_second_of(static_cast<uint32_t>(first - counts_.begin()));
  }

 private:
  static constexpr uint32_t kBins = 8;

  bool is_empty() const {
    return std::all_of(counts_.begin(), counts_.end(), [](uint16_t count) { return count == 0; });
  }
  uint32_t last_second_of(uint32_t bin) const {
    const uint64_t end = (uint64_t{first_} + bin + 1) << shift_;
    return static_cast<uint32_t>(std::min<uint64_t>(end - 1, kNever));
  }
  // Moves and widens the bins until the expiry has one.
  void cover(uint32_t expiry);
  void widen();

  uint32_t first_ = 0;  // the first bin's number, counted from the epoch in widths
  uint8_t shift_ = 0;
  std::array<uint16_t, kBins> counts_{};
};

}  // namespace cachery::store
