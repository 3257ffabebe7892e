#include "store/ghosts.h"

#include <algorithm>

namespace cachery::store {

void Ghosts::resize(size_t entries) {
  const size_t count = (entries + kEntries - 1) / kEntries;
  auto lines = count == 0 ? nullptr : std::make_unique<Line[]>(count);
  // A line holds a range of hashes: a new one starts with the line that held (most of) its range.
  for (size_t i = 0; line_count_ > 0 && i < count; ++i) lines[i] = lines_[i * line_count_ / count];
  lines_ = std::move(lines);
  line_count_ = count;
  count_held();
}

void Ghosts::count_held() {
  held_[0] = held_[1] = 0;
  for (size_t i = 0; i < line_count_; ++i) {
    for (const Queue queue : {Queue::small, Queue::main}) {
      const Ring ring = ring_of(lines_[i], queue);
      const uint16_t* const end = std::find(ring.entries, ring.entries + ring.length, uint16_t{0});
      held_[static_cast<size_t>(queue)] += static_cast<uint64_t>(end - ring.entries);
    }
  }
}

void Ghosts::remember(uint64_t hash, Queue queue) {
  if (line_count_ == 0) return;
  const Ring ring = ring_of(line_of(hash), queue);
  if (ring.entries[ring.length - 1] == 0) ++held_[static_cast<size_t>(queue)];
  std::copy_backward(ring.entries, ring.entries + ring.length - 1, ring.entries + ring.length);
  ring.entries[0] = tag_of(hash);
}

bool Ghosts::forget(Ring ring, uint16_t tag) {
  uint16_t* const end = ring.entries + ring.length;
  uint16_t* const found = std::find(ring.entries, end, tag);
  if (found == end) return false;
  std::copy(found + 1, end, found);
  end[-1] = 0;
  return true;
}

std::optional<Queue> Ghosts::recall(uint64_t hash) {
  if (line_count_ == 0) return std::nullopt;
  for (const Queue queue : {Queue::small, Queue::main}) {
    if (!forget(ring_of(line_of(hash), queue), tag_of(hash))) continue;
    --held_[static_cast<size_t>(queue)];
    return queue;
  }
  return std::nullopt;
}

}  // namespace cachery::store
