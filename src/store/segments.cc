#include "store/segments.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace cachery::store {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr size_t kLookedAtTogether = 128;

uint64_t pages_of(size_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

}  // namespace

Segments::Segments(Pool& pool, uint32_t segment_bytes)
    : pool_(pool),
      segment_bytes_(segment_bytes),
      offset_bits_(static_cast<uint32_t>(std::countr_zero(segment_bytes / kRecordUnit))) {
  CHECK(std::has_single_bit(segment_bytes));
}

Segments::~Segments() {
  for (const Segment& segment : segments_) {
    if (segment.data != nullptr) pool_.release(segment.data, segment.bytes);
  }
}

SegmentId Segments::open_segment(Queue queue, size_t bytes, bool is_run) {
  const SegmentId ids_max = 1u << (32 - offset_bits_);
  if (free_ids_.empty() && segments_.size() >= ids_max) return kNone;
  char* data = pool_.allocate(bytes);
  if (data == nullptr) return kNone;
  SegmentId id;
  if (free_ids_.empty()) {
    id = static_cast<SegmentId>(segments_.size());
    segments_.emplace_back();
  } else {
    id = free_ids_.back();
    free_ids_.pop_back();
  }
  Ends& ends = ends_[static_cast<size_t>(queue)];
  Segment& segment = segments_[id];
  segment = Segment{};
  segment.data = data;
  segment.bytes = static_cast<uint32_t>(bytes);
  segment.queue = queue;
  segment.is_run = is_run;
  segment.older = ends.youngest;
  if (ends.youngest != kNone) segments_[ends.youngest].younger = id;
  ends.youngest = id;
  if (ends.oldest == kNone) ends.oldest = id;
  physical_ += pages_of(bytes);
  return id;
}

void Segments::release(SegmentId id) {
  Segment& segment = segments_[id];
  Ends& ends = ends_[static_cast<size_t>(segment.queue)];
  if (segment.older != kNone) segments_[segment.older].younger = segment.younger;
  if (segment.younger != kNone) segments_[segment.younger].older = segment.older;
  if (ends.oldest == id) ends.oldest = segment.younger;
  if (ends.youngest == id) ends.youngest = segment.older;
  if (ends.active == id) ends.active = kNone;
  physical_ -= pages_of(segment.bytes);
  pool_.release(segment.data, segment.bytes);
  segment = Segment{};
  free_ids_.push_back(id);
}

void Segments::lower_expiry(Segment& segment, uint32_t expiry) {
  if (expiry == 0) return;
  segment.expiry_min = segment.expiry_min == 0 ? expiry : std::min(segment.expiry_min, expiry);
}

std::optional<Segments::Placed> Segments::append(Queue queue, size_t record_bytes,
                                                 uint32_t expiry) {
  Ends& ends = ends_[static_cast<size_t>(queue)];
  SegmentId id = ends.active;
  if (is_larger_than_a_segment(record_bytes)) {
    id = open_segment(queue, record_bytes, true);
  } else if (id == kNone || segments_[id].used + record_bytes > segment_bytes_) {
    id = open_segment(queue, segment_bytes_, false);
    if (id != kNone) ends.active = id;
  }
  if (id == kNone) return std::nullopt;
  Segment& segment = segments_[id];
  const uint32_t offset = segment.used;
  segment.used += static_cast<uint32_t>(record_bytes);
  segment.live += static_cast<uint32_t>(record_bytes);
  live_[static_cast<size_t>(queue)] += record_bytes;
  lower_expiry(segment, expiry);
  return Placed{location_of(id, offset), Record(segment.data + offset)};
}

void Segments::kill(Location location) {
  const SegmentId id = location >> offset_bits_;
  Segment& segment = segments_[id];
  Record record = at(location);
  const size_t bytes = segment.is_run ? segment.used : record.bytes();
  segment.live -= static_cast<uint32_t>(bytes);
  live_[static_cast<size_t>(segment.queue)] -= bytes;
  record.kill(bytes);
  if (segment.live > 0) return;
  // The one that is written to starts over where it is; any other goes back.
  if (ends_[static_cast<size_t>(segment.queue)].active == id) {
    segment.used = segment.cursor = segment.expiry_min = 0;
  } else {
    release(id);
  }
}

bool Segments::can_rewrite(Location location, size_t new_bytes) const {
  const Segment& segment = segments_[location >> offset_bits_];
  if (new_bytes > at(location).bytes()) return false;
  if (is_larger_than_a_segment(new_bytes) != segment.is_run) return false;
  return !segment.is_run || segment.bytes - new_bytes <= segment.bytes / 8;
}

void Segments::shrink(Location location, size_t old_bytes, size_t new_bytes) {
  if (old_bytes == new_bytes) return;
  Segment& segment = segments_[location >> offset_bits_];
  const size_t freed = old_bytes - new_bytes;
  segment.live -= static_cast<uint32_t>(freed);
  live_[static_cast<size_t>(segment.queue)] -= freed;
  if (segment.is_run) {
    segment.used = static_cast<uint32_t>(new_bytes);
  } else {
    Record(at(location).data() + new_bytes).kill(freed);
  }
}

void Segments::note_expiry(Location location, uint32_t expiry) {
  lower_expiry(segments_[location >> offset_bits_], expiry);
}

std::optional<Segments::Placed> Segments::next_oldest(Queue queue) {
  Ends& ends = ends_[static_cast<size_t>(queue)];
  for (SegmentId id = ends.oldest; id != kNone;) {
    Segment& segment = segments_[id];
    while (segment.cursor < segment.used) {
      const uint32_t offset = segment.cursor;
      const Record record(segment.data + offset);
      segment.cursor += static_cast<uint32_t>(segment.is_run ? segment.used : record.bytes());
      if (!record.is_dead()) return Placed{location_of(id, offset), record};
    }
    // Passed whole, yet not released: what lies in it was moved nowhere, so nothing lives in it but
    // in the segment that is written to, where the tail has met the head.
    id = segment.younger;
  }
  return std::nullopt;
}

SegmentId Segments::find_dead(size_t looked_at_max) {
  SegmentId found = kNone;
  uint32_t dead_max = 0;
  looked_at_max = std::min(looked_at_max, segments_.size());
  for (size_t looked_at = 1; looked_at <= looked_at_max; ++looked_at) {
    if (next_looked_at_ >= segments_.size()) next_looked_at_ = 0;
    const SegmentId id = next_looked_at_++;
    const Segment& segment = segments_[id];
    const bool is_active = ends_[static_cast<size_t>(segment.queue)].active == id;
    // What the log could not fill at a segment's end is regained as well.
    const uint32_t dead = segment.bytes - segment.live;
    if (segment.data != nullptr && !segment.is_run && !is_active && dead * 10 >= segment.bytes &&
        dead > dead_max) {
      dead_max = dead;
      found = id;
    }
    if (found != kNone && looked_at % kLookedAtTogether == 0) return found;
  }
  return found;
}

}  // namespace cachery::store
