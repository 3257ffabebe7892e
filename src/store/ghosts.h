// The memory of what was evicted: which queue a key left, and how long ago in evicted bytes. 4 bytes
// an entry (16 bits of the key's hash, the queue, when), in lines of sixteen of which the oldest is
// overwritten: a wrong guess costs one item a better place than it earned, nothing else.
// See docs/decisions on eviction order for the two ghosts and their lengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace cachery::store {

enum class Queue : uint8_t { small, main };

class Ghosts {
 public:
  // Room for about `entries`; forgets what it held. 0 frees it.
  void resize(size_t entries);
  size_t entries() const { return line_count_ * kEntries; }
  size_t bytes() const { return line_count_ * sizeof(Line); }

  // `capacity_bytes`: what the owner may hold now, the unit in which age is counted.
  void remember(uint64_t hash, Queue queue, uint64_t charged_bytes, uint64_t capacity_bytes);
  // The queue that the key left not too long ago; forgets it.
  std::optional<Queue> recall(uint64_t hash);

  // Entries held at present, roughly: what the queues' targets are weighed by.
  uint64_t held(Queue queue) const { return held_[static_cast<size_t>(queue)]; }

 private:
  static constexpr size_t kEntries = 16;
  static constexpr uint32_t kClockBits = 15;
  static constexpr uint64_t kTicksOfCapacity = 1024;

  struct alignas(64) Line {
    uint32_t entries[kEntries];  // tag: 16 | queue: 1 | tick: 15; 0: free
  };

  Line& line_of(uint64_t hash) {
    return lines_[static_cast<size_t>((hash >> 16 & 0xffffffff) * line_count_ >> 32)];
  }
  static uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash & 0xffff) | 1u; }
  uint32_t age_of(uint32_t entry) const;
  bool is_fresh(uint32_t entry) const;
  void advance(Queue queue, uint64_t charged_bytes, uint64_t capacity_bytes);

  std::unique_ptr<Line[]> lines_;
  size_t line_count_ = 0;
  uint64_t held_[2] = {0, 0};
  uint32_t tick_[2] = {1, 1};
  uint64_t since_tick_bytes_[2] = {0, 0};
};

}  // namespace cachery::store
