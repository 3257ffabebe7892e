#include "store/segments.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace cachery::store {
namespace {

constexpr size_t kPageBytes = Pool::kExtentBytesMin;
constexpr size_t kLookedAtTogether = 128;
// A log as long as that writes its segments full, one beside the other.
constexpr uint64_t kHugePagesFromBytes = 32u << 20;
// A log that touches less takes its pages as records reach them; beyond it a segment's pages are
// taken at once, and the pool's lock once.
constexpr uint64_t kTouchedInPartBytesMax = 1u << 20;

uint64_t pages_of(size_t bytes) { return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes; }

}  // namespace

Segments::Segments(Holding& holding, uint32_t segment_bytes)
    : holding_(holding),
      segment_bytes_(segment_bytes),
      offset_bits_(static_cast<uint32_t>(std::countr_zero(segment_bytes / kRecordUnit))) {
  CHECK(std::has_single_bit(segment_bytes));
}

Segments::~Segments() {
  for (const Segment& segment : segments_) {
    if (segment.data != nullptr) holding_.release(extent_of(segment));
  }
}

Extent Segments::extent_of(const Segment& segment) {
  return {segment.data - reinterpret_cast<uintptr_t>(segment.data) % kPageBytes, segment.bytes,
          segment.touched};
}

bool Segments::take_extents(size_t bytes_max, std::vector<Extent>& to) {
  for (size_t taken = 0; !segments_.empty(); segments_.pop_back()) {
    if (taken >= bytes_max) return true;
    if (segments_.back().data == nullptr) continue;
    to.push_back(extent_of(segments_.back()));
    taken += to.back().touched_bytes;
  }
  return false;
}

SegmentId Segments::take_id() {
  if (!free_ids_.empty()) {
    const SegmentId id = free_ids_.back();
    free_ids_.pop_back();
    return id;
  }
  if (segments_.size() >= 1u << (32 - offset_bits_)) return kNone;
  // By a quarter: what doubling would leave unused is charged to the cache.
  if (segments_.size() == segments_.capacity()) {
    segments_.reserve(segments_.size() + segments_.size() / 4 + 2);
  }
  segments_.emplace_back();
  return static_cast<SegmentId>(segments_.size() - 1);
}

void Segments::link_youngest(SegmentId id, Queue queue) {
  Ends& ends = ends_[static_cast<size_t>(queue)];
  Segment& segment = segments_[id];
  segment.queue = queue;
  segment.older = ends.youngest;
  segment.younger = kNone;
  if (ends.youngest != kNone) segments_[ends.youngest].younger = id;
  ends.youngest = id;
  if (ends.oldest == kNone) ends.oldest = id;
}

void Segments::unlink(SegmentId id) {
  Segment& segment = segments_[id];
  Ends& ends = ends_[static_cast<size_t>(segment.queue)];
  if (segment.older != kNone) segments_[segment.older].younger = segment.younger;
  if (segment.younger != kNone) segments_[segment.younger].older = segment.older;
  if (ends.oldest == id) ends.oldest = segment.younger;
  if (ends.youngest == id) ends.youngest = segment.older;
  if (ends.active == id) ends.active = kNone;
}

// For a record of so many bytes: a run of its own, or a segment that others will follow in.
SegmentId Segments::open_segment(Queue queue, size_t record_bytes) {
  const bool is_run = is_larger_than_a_segment(record_bytes);
  Extent extent{.data = nullptr,
                .bytes = is_run ? record_bytes : segment_bytes_,
                .touched_bytes = is_run ? record_bytes : segment_bytes_};
  // A run's last page may be nearly empty, and its extent half.
  const bool is_huge = !is_run && physical_ >= kHugePagesFromBytes;
  if (!is_run && physical_ < kTouchedInPartBytesMax) {
    extent.touched_bytes = static_cast<size_t>(pages_of(record_bytes));
  }
  extent.data = holding_.allocate_in_part(extent.bytes, extent.touched_bytes,
                                          is_huge ? Pages::huge : Pages::small);
  if (extent.data == nullptr) return kNone;
  const SegmentId id = take_id();
  if (id == kNone) {
    holding_.release(extent);
    return kNone;
  }
  begin_segment(id, queue, extent, is_run);
  return id;
}

void Segments::begin_segment(SegmentId id, Queue queue, const Extent& extent, bool is_run) {
  Segment& segment = segments_[id];
  segment = Segment{};
  segment.data = extent.data;
  segment.bytes = static_cast<uint32_t>(extent.bytes);
  segment.touched = static_cast<uint32_t>(extent.touched_bytes);
  segment.is_run = is_run;
  link_youngest(id, queue);
  physical_ += pages_of(segment.touched);
}

// By doubles, so that a segment takes the pool's lock a few times; page by page where the pool
// would not give as much.
bool Segments::touch(Segment& segment, size_t used_bytes) {
  if (used_bytes <= segment.touched) return true;
  const size_t needed = static_cast<size_t>(pages_of(used_bytes));
  const size_t doubled = std::min<size_t>(2 * size_t{segment.touched}, segment.bytes);
  for (const size_t wanted : {std::max(needed, doubled), needed}) {
    if (!holding_.touch(wanted - segment.touched)) continue;
    physical_ += wanted - segment.touched;
    segment.touched = static_cast<uint32_t>(wanted);
    return true;
  }
  return false;
}

void Segments::release(SegmentId id) {
  Segment& segment = segments_[id];
  end_walks_of(id);
  unlink(id);
  physical_ -= pages_of(segment.touched);
  holding_.release(extent_of(segment));
  segment = Segment{};
  free_ids_.push_back(id);
}

void Segments::requeue_run(SegmentId id, Queue queue) {
  Segment& segment = segments_[id];
  CHECK(segment.is_run);
  live_[static_cast<size_t>(segment.queue)] -= segment.live;
  live_[static_cast<size_t>(queue)] += segment.live;
  unlink(id);
  link_youngest(id, queue);
  segment.cursor = 0;
}

void Segments::add_expiry(Segment& segment, uint32_t expiry) {
  if (expiry == 0) return;
  segment.expiries.add(expiry);
  next_due_ = std::min(next_due_, segment.expiries.next_due());
}

std::optional<Segments::Placed> Segments::append(Queue queue, size_t record_bytes,
                                                 uint32_t expiry) {
  Ends& ends = ends_[static_cast<size_t>(queue)];
  SegmentId id = ends.active;
  if (is_larger_than_a_segment(record_bytes)) {
    id = open_segment(queue, record_bytes);
  } else if (id == kNone || segments_[id].used + record_bytes > segment_bytes_) {
    id = open_segment(queue, record_bytes);
    if (id != kNone) ends.active = id;
  } else if (!touch(segments_[id], segments_[id].used + record_bytes)) {
    return std::nullopt;
  }
  if (id == kNone) return std::nullopt;
  return place(id, record_bytes, expiry);
}

std::optional<Segments::Placed> Segments::adopt(Queue queue, char* record,
                                                const OfferedBlock& block, size_t record_bytes,
                                                uint32_t expiry) {
  const SegmentId id = take_id();
  if (id == kNone) return std::nullopt;
  if (!block.is_held && !holding_.keep_lent(block.bytes)) {
    free_ids_.push_back(id);
    return std::nullopt;
  }
  begin_segment(id, queue, {record, block.bytes, block.bytes}, true);
  return place(id, record_bytes, expiry);
}

Segments::Placed Segments::place(SegmentId id, size_t record_bytes, uint32_t expiry) {
  Segment& segment = segments_[id];
  const uint32_t offset = segment.used;
  segment.used += static_cast<uint32_t>(record_bytes);
  segment.live += static_cast<uint32_t>(record_bytes);
  live_[static_cast<size_t>(segment.queue)] += record_bytes;
  add_expiry(segment, expiry);
  return {location_of(id, offset), Record(segment.data + offset)};
}

void Segments::kill(Location location) {
  const SegmentId id = segment_of(location);
  Segment& segment = segments_[id];
  Record record = at(location);
  const size_t bytes = segment.is_run ? segment.used : record.bytes();
  segment.live -= static_cast<uint32_t>(bytes);
  live_[static_cast<size_t>(segment.queue)] -= bytes;
  segment.expiries.remove(record.expiry());
  record.kill(bytes);
  if (segment.live > 0) return;
  // The one that is written to starts over where it is; any other goes back.
  if (ends_[static_cast<size_t>(segment.queue)].active == id) {
    segment.used = segment.cursor = 0;
    end_walks_of(id);
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

bool Segments::exchange(Location location, char* record, const OfferedBlock& block) {
  Segment& segment = segments_[segment_of(location)];
  CHECK(segment.is_run);
  if (!block.is_held && !holding_.keep_lent(block.bytes)) return false;
  holding_.release(extent_of(segment));
  physical_ += pages_of(block.bytes) - pages_of(segment.touched);
  segment.data = record;
  segment.bytes = static_cast<uint32_t>(block.bytes);
  segment.touched = segment.bytes;
  return true;
}

void Segments::change_expiry(Location location, uint32_t from, uint32_t to) {
  if (from == to) return;
  Segment& segment = segments_[segment_of(location)];
  segment.expiries.remove(from);
  add_expiry(segment, to);
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

void Segments::start_walk(Walker walker, SegmentId id) { walk_of(walker) = {id, 0}; }

void Segments::end_walk(Walker walker) {
  const SegmentId id = walk_of(walker).id;
  if (id == kNone) return;
  next_due_ = std::min(next_due_, segments_[id].expiries.next_due());
  walk_of(walker) = {};
}

void Segments::end_walks_of(SegmentId id) {
  for (Walk& walk : walks_) {
    if (walk.id == id) walk = {};
  }
}

std::optional<Segments::Placed> Segments::next_record(Walker walker) {
  Walk& walk = walk_of(walker);
  if (walk.id == kNone) return std::nullopt;
  const Segment& segment = segments_[walk.id];
  if (walk.offset >= segment.used) {
    end_walk(walker);
    return std::nullopt;
  }
  const Placed placed{location_of(walk.id, walk.offset), Record(segment.data + walk.offset)};
  walk.offset += static_cast<uint32_t>(segment.is_run ? segment.used : placed.record.bytes());
  return placed;
}

SegmentId Segments::find_due(uint32_t now) {
  if (!is_looking_for_due_) {
    if (next_due_ > now) return kNone;
    is_looking_for_due_ = true;
    next_asked_ = 0;
    next_due_ = ExpiryBins::kNever;  // collected anew
  }
  for (size_t asked = 0; asked < kLookedAtTogether; ++asked) {
    if (next_asked_ >= segments_.size()) {
      is_looking_for_due_ = false;
      return kNone;
    }
    const SegmentId id = next_asked_++;
    const ExpiryBins& expiries = segments_[id].expiries;
    if (expiries.due(now) > 0) return id;
    next_due_ = std::min(next_due_, expiries.next_due());
  }
  return kNone;
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
