#include "store/ghosts.h"

namespace cachery::store {
namespace {

// How long a ghost is remembered, in ticks of capacity/1024 evicted from its queue.
constexpr uint32_t kSmallAgeMax = 512;
constexpr uint32_t kMainAgeMax = 256;

constexpr uint32_t kQueueBit = 1u << 15;

Queue queue_of(uint32_t entry) { return (entry & kQueueBit) != 0 ? Queue::main : Queue::small; }

}  // namespace

void Ghosts::resize(size_t entries) {
  line_count_ = (entries + kEntries - 1) / kEntries;
  lines_ = line_count_ == 0 ? nullptr : std::make_unique<Line[]>(line_count_);
  held_[0] = held_[1] = 0;
}

uint32_t Ghosts::age_of(uint32_t entry) const {
  const uint32_t now = tick_[static_cast<size_t>(queue_of(entry))];
  return (now - (entry & (kQueueBit - 1))) & (kQueueBit - 1);
}

bool Ghosts::is_fresh(uint32_t entry) const {
  return age_of(entry) <= (queue_of(entry) == Queue::small ? kSmallAgeMax : kMainAgeMax);
}

void Ghosts::advance(Queue queue, uint64_t charged_bytes, uint64_t capacity_bytes) {
  const auto q = static_cast<size_t>(queue);
  const uint64_t tick_bytes = capacity_bytes / kTicksOfCapacity + 1;
  since_tick_bytes_[q] += charged_bytes;
  tick_[q] += static_cast<uint32_t>(since_tick_bytes_[q] / tick_bytes);
  since_tick_bytes_[q] %= tick_bytes;
}

void Ghosts::remember(uint64_t hash, Queue queue, uint64_t charged_bytes,
                      uint64_t capacity_bytes) {
  advance(queue, charged_bytes, capacity_bytes);
  if (line_count_ == 0) return;
  Line& line = line_of(hash);
  uint32_t* oldest = &line.entries[0];
  for (uint32_t& entry : line.entries) {
    if (entry == 0) {
      oldest = &entry;
      break;
    }
    if (age_of(entry) > age_of(*oldest)) oldest = &entry;
  }
  if (*oldest != 0) --held_[static_cast<size_t>(queue_of(*oldest))];
  *oldest = tag_of(hash) << 16 | (queue == Queue::main ? kQueueBit : 0) |
            (tick_[static_cast<size_t>(queue)] & (kQueueBit - 1));
  ++held_[static_cast<size_t>(queue)];
}

std::optional<Queue> Ghosts::recall(uint64_t hash) {
  if (line_count_ == 0) return std::nullopt;
  for (uint32_t& entry : line_of(hash).entries) {
    if (entry == 0 || entry >> 16 != tag_of(hash)) continue;
    const Queue queue = queue_of(entry);
    const bool fresh = is_fresh(entry);
    entry = 0;
    --held_[static_cast<size_t>(queue)];
    if (fresh) return queue;
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace cachery::store
