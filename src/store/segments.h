// The log of a shard: two FIFO queues of segments (small and main), records appended at the head of
// each and taken from its tail. A record larger than a quarter of a segment has a segment of its
// own size (a run). Segments come from the node's Pool and go back to it; a location is a segment's
// number and an offset, 32 bits together.
//
// Knows lengths and liveness of records, not keys' meaning: which record to keep is the shard's
// business. One thread at a time.
//
// A short log takes the pages of a segment as records reach them, so that a cache of one item costs
// a page and not a segment: a node may have ten thousand such caches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/block_source.h"
#include "store/expiry_bins.h"
#include "store/ghosts.h"
#include "store/holding.h"
#include "store/record.h"

namespace cachery::store {

using SegmentId = uint32_t;
using Location = uint32_t;

class Segments {
 public:
  static constexpr SegmentId kNone = UINT32_MAX;
  static constexpr size_t kRunStartsBefore = Pool::kExtentBytesMin;  // see adopt()

  struct Segment {
    char* data = nullptr;  // the first record: see adopt()
    uint32_t bytes = 0;    // of the extent that were asked for
    uint32_t touched = 0;  // of those: pages that count as used, as far as records may lie
    uint32_t used = 0;     // up to here there are records
    uint32_t live = 0;     // bytes of live records
    uint32_t cursor = 0;   // eviction has passed what is before it
    SegmentId older = kNone;
    SegmentId younger = kNone;
    ExpiryBins expiries;  // of live records
    Queue queue = Queue::small;
    bool is_run = false;

    uint32_t dead() const { return used - live; }
  };

  struct Placed {
    Location location;
    Record record;
  };

  // Who goes through a segment's records from its start, a few at a time.
  enum class Walker : uint8_t { sweep, compaction };

  Segments(Holding& holding, uint32_t segment_bytes);
  ~Segments();
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;

  // Room for a record at the head of `queue`; the caller writes it at once. Null when the pool or
  // the numbers are used up.
  std::optional<Placed> append(Queue queue, size_t record_bytes, uint32_t expiry);
  // The same for a run in memory that is there already: the record will begin at `record`, less
  // than kRunStartsBefore from the start of the block, which is the segment's from then on.
  std::optional<Placed> adopt(Queue queue, char* record, const OfferedBlock& block,
                              size_t record_bytes, uint32_t expiry);
  // Marks it dead; a run or a segment without live records goes back to the pool.
  void kill(Location location);
  // Whether the record may be rewritten where it lies as one of `new_bytes`: it fits, stays a run
  // or none, and leaves at most an eighth of a run's memory unused, which nothing could regain.
  bool can_rewrite(Location location, size_t new_bytes) const;
  // The record shrank where it lies: the rest becomes a dead record.
  void shrink(Location location, size_t old_bytes, size_t new_bytes);
  // The run goes on in another block, as adopt() takes one. False: the pool is used up.
  [[nodiscard]] bool exchange(Location location, char* record, const OfferedBlock& block);
  // The record's expiry is about to change.
  void change_expiry(Location location, uint32_t from, uint32_t to);

  Record at(Location location) const {
    return Record(segments_[location >> offset_bits_].data + offset_of(location));
  }
  Queue queue_of(Location location) const { return segments_[location >> offset_bits_].queue; }

  // The oldest live record of the queue that eviction has not passed, or null. Passes it.
  std::optional<Placed> next_oldest(Queue queue);
  // Makes a run the youngest of a queue: a large record moves without being copied.
  void requeue_run(SegmentId id, Queue queue);

  // A walk ends with its segment's last record or with the segment. What happens to the records
  // meanwhile is no matter: a walk stands between two of them.
  void start_walk(Walker walker, SegmentId id);
  void end_walk(Walker walker);
  bool is_walking(Walker walker) const { return walk_of(walker).id != kNone; }
  SegmentId walked(Walker walker) const { return walk_of(walker).id; }
  // The next record, dead or alive; null at the end, which ends the walk.
  std::optional<Placed> next_record(Walker walker);

  // A segment of which at least a tenth is dead and which is not written to: the deadest of the
  // next few, in turn, as good as the deadest of all and found in constant time. Looks at
  // `looked_at_max` segments at most, then gives up with kNone.
  SegmentId find_dead(size_t looked_at_max);
  // Whether find_due may find something.
  bool may_be_due(uint32_t now) const { return is_looking_for_due_ || next_due_ <= now; }
  // A segment in which records have expired, or kNone if there is none among the next few, in turn.
  SegmentId find_due(uint32_t now);

  bool is_larger_than_a_segment(size_t record_bytes) const {
    return record_bytes > segment_bytes_ / 4;
  }
  // Takes the log apart once nobody will read it any more: see Ghosts::take_extents.
  bool take_extents(size_t bytes_max, std::vector<Extent>& to);

  uint32_t segment_bytes() const { return segment_bytes_; }
  uint64_t live_bytes(Queue queue) const { return live_[static_cast<size_t>(queue)]; }
  uint64_t live_bytes() const { return live_[0] + live_[1]; }
  // Counts the pages that it has touched: a run is rounded up to them.
  uint64_t physical_bytes() const { return physical_; }
  const Segment& segment(SegmentId id) const { return segments_[id]; }
  SegmentId segment_of(Location location) const { return location >> offset_bits_; }
  size_t bookkeeping_bytes() const { return segments_.capacity() * sizeof(Segment); }

 private:
  struct Ends {
    SegmentId oldest = kNone;
    SegmentId youngest = kNone;
    SegmentId active = kNone;  // appended to
  };

  size_t offset_of(Location location) const {
    return size_t{location & ((1u << offset_bits_) - 1)} * kRecordUnit;
  }
  Location location_of(SegmentId id, size_t offset) const {
    return id << offset_bits_ | static_cast<uint32_t>(offset / kRecordUnit);
  }
  struct Walk {
    SegmentId id = kNone;
    uint32_t offset = 0;
  };

  const Walk& walk_of(Walker walker) const { return walks_[static_cast<size_t>(walker)]; }
  Walk& walk_of(Walker walker) { return walks_[static_cast<size_t>(walker)]; }
  void end_walks_of(SegmentId id);
  static Extent extent_of(const Segment& segment);
  // Pages for records up to `used_bytes` of the segment. False: as Holding::allocate.
  bool touch(Segment& segment, size_t used_bytes);
  void add_expiry(Segment& segment, uint32_t expiry);
  SegmentId take_id();
  void link_youngest(SegmentId id, Queue queue);
  void unlink(SegmentId id);
  SegmentId open_segment(Queue queue, size_t record_bytes);
  void begin_segment(SegmentId id, Queue queue, const Extent& extent, bool is_run);
  Placed place(SegmentId id, size_t record_bytes, uint32_t expiry);
  void release(SegmentId id);

  Holding& holding_;
  const uint32_t segment_bytes_;
  const uint32_t offset_bits_;
  std::vector<Segment> segments_;
  std::vector<SegmentId> free_ids_;
  Ends ends_[2];
  uint64_t live_[2] = {0, 0};
  uint64_t physical_ = 0;
  SegmentId next_looked_at_ = 0;
  Walk walks_[2];
  // No segment has anything due before; while find_due goes round, none that it has passed.
  uint32_t next_due_ = ExpiryBins::kNever;
  SegmentId next_asked_ = 0;
  bool is_looking_for_due_ = false;
};

}  // namespace cachery::store
