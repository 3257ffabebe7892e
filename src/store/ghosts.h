// The memory of what was evicted: which queue a key left. 2 bytes an entry (a piece of the key's
// hash), in lines of 64 bytes that hold two rings, newest first: sixteen of what the small queue
// evicted and sixteen of what main did. Where an entry lies in its ring is its age, so no clock is
// kept, and each queue has its length whatever the other evicts.
//
// Rejected: 4 bytes with a time of eviction (half as many ghosts in the same memory cost more
// misses than their exact age saved), one ring for both (a scan through small forgets main's). A
// wrong match, 1 of 2,000 searches, costs one item a better place than it earned, nothing else.
// Lengths and figures: docs/decisions/eviction_order.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace cachery::store {

enum class Queue : uint8_t { small, main };

class Ghosts {
 public:
  static constexpr size_t kSmallEntries = 16;  // of a line
  static constexpr size_t kMainEntries = 16;
  static constexpr size_t kEntries = kSmallEntries + kMainEntries;

  // Room for about `entries`; keeps what fits. 0 frees it.
  void resize(size_t entries);
  size_t entries() const { return line_count_ * kEntries; }
  size_t bytes() const { return line_count_ * sizeof(Line); }

  void remember(uint64_t hash, Queue queue);
  // The queue that the key left not too long ago; forgets it.
  std::optional<Queue> recall(uint64_t hash);

  // Entries held at present: what the queues' targets are weighed by.
  uint64_t held(Queue queue) const { return held_[static_cast<size_t>(queue)]; }

 private:
  struct alignas(64) Line {
    uint16_t small[kSmallEntries];  // 0: free, and so is what follows
    uint16_t main[kMainEntries];
  };
  static_assert(sizeof(Line) == 64);

  struct Ring {
    uint16_t* entries;
    size_t length;
  };

  static Ring ring_of(Line& line, Queue queue) {
    return queue == Queue::small ? Ring{line.small, kSmallEntries} : Ring{line.main, kMainEntries};
  }
  Line& line_of(uint64_t hash) {
    return lines_[static_cast<size_t>((hash >> 16 & 0xffffffff) * line_count_ >> 32)];
  }
  static uint16_t tag_of(uint64_t hash) {
    const auto tag = static_cast<uint16_t>(hash);
    return tag == 0 ? uint16_t{1} : tag;
  }
  static bool forget(Ring ring, uint16_t tag);
  void count_held();

  std::unique_ptr<Line[]> lines_;
  size_t line_count_ = 0;
  uint64_t held_[2] = {0, 0};
};

}  // namespace cachery::store
