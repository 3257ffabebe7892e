// Long blocks that a loop's connections are done with, for those that need one next. The allocator
// would give their pages back and fault them in again for each long value, which took more time
// than to receive it. What nobody took for a second is let go.
//
// The loop's thread only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "net/waiting_bytes.h"

namespace cachery::net {

class SpareBytes {
 public:
  // Of what is shorter the allocator itself keeps enough.
  static constexpr size_t kBlockBytesMin = 64u << 10;
  static constexpr size_t kBytesMax = 16u << 20;

  // Gives `bytes`, if it holds none yet, a block for `wanted` if there is one. It may be up to four
  // times as long.
  void take(WaitingBytes& bytes, size_t wanted) {
    if (wanted < kBlockBytesMin || !bytes.empty()) return;
    // The last one first: it is the likeliest to be in the processor's caches.
    for (size_t at = blocks_.size(); at-- > 0;) {
      const size_t capacity = blocks_[at].capacity();
      if (capacity < wanted || capacity / 4 > wanted) continue;
      bytes = std::move(blocks_[at]);
      bytes_ -= capacity;
      blocks_.erase(blocks_.begin() + static_cast<ptrdiff_t>(at));
      untaken_ = std::min(untaken_, at);
      return;
    }
  }

  // Takes the block of `bytes`, which are not needed any more; one from a source goes back to it.
  void give(WaitingBytes& bytes) {
    const size_t capacity = bytes.capacity();
    const bool is_kept = capacity >= kBlockBytesMin && bytes_ + capacity <= kBytesMax;
    if (!is_kept || bytes.is_from_source()) return bytes.clear();
    bytes.rewind();
    bytes_ += capacity;
    blocks_.push_back(std::move(bytes));
  }

  // About once a second: lets go what was not taken since the last time.
  void tidy() {
    for (size_t at = 0; at < untaken_; ++at) bytes_ -= blocks_[at].capacity();
    blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<ptrdiff_t>(untaken_));
    untaken_ = blocks_.size();
  }
  void clear() {
    blocks_.clear();
    bytes_ = untaken_ = 0;
  }

  size_t bytes() const { return bytes_; }

 private:
  std::vector<WaitingBytes> blocks_;  // in the order in which they came
  size_t bytes_ = 0;
  size_t untaken_ = 0;  // so many of the first were not taken since the last tidy()
};

}  // namespace cachery::net
