// How a shard makes room: what has expired first, then the least useful, dead bytes compacted
// beside. Every walk is bounded and goes on where the last one stopped, so that no store waits for
// more than its own size asks for; a store that finds much to do (after a smaller limit, after many
// expired) does a part of it.
#include <algorithm>
#include <cstring>

#include "base/limits.h"
#include "store/shard_contents.h"

namespace cachery::store {
namespace {

constexpr uint64_t kSmallShareMin = 10;
constexpr uint64_t kSmallShareMax = 950;

constexpr uint64_t kWeightOne = 16;  // weights are in sixteenths
constexpr uint64_t kAdaptSpeed = 2;  // bytes of shift for a byte recalled
constexpr size_t kGhostsOfTenItems = 9;

// Beside what its own size asks for, a store takes this many steps of making room.
constexpr size_t kReclaimSteps = 64;
// Used items that one eviction gives another round before it takes one of the other queue, or any:
// a queue in which everything was used must not be gone through at once.
constexpr size_t kRoundsMax = 1024;
constexpr size_t kRoundBytesMax = 1u << 20;
// Records looked at for expired ones before something alive is evicted; to find the next segment
// with such costs about as much as looking at some.
constexpr size_t kSweptOfEviction = 256;
constexpr size_t kSweptOfSearch = 32;
// A store that finds too many dead bytes looks at so many segments for the one to compact, and
// copies so much of it: eight times its own size, as a segment is compacted from a tenth of dead
// bytes on.
constexpr uint64_t kCompactedFromPercent = 12;  // of the live bytes
constexpr size_t kSegmentsLookedAt = 64;
constexpr size_t kCompactedBytes = 16u << 10;
constexpr size_t kCompactedOfStored = 8;
constexpr size_t kCompactedRecords = 256;
// The kernel takes pages back about so many times as fast as a value is copied.
constexpr size_t kFreedBytesOfWork = 8;

bool is_expired(const Record& record, uint32_t now) {
  return record.expiry() != 0 && record.expiry() <= now;
}

}  // namespace

// Two open segments and one to move into are needed even by the smallest cache.
bool Shard::is_physically_over(uint64_t held_bytes, uint64_t live_bytes, uint64_t percent) const {
  const uint64_t slack = std::max<uint64_t>(live_bytes * percent / 100,
                                            uint64_t{3} * contents_->segments.segment_bytes());
  return held_bytes > live_bytes + slack;
}

bool Shard::has_slack(size_t record_bytes) const {
  const Segments& segments = contents_->segments;
  return is_physically_over(segments.physical_bytes() + record_bytes,
                            segments.live_bytes() + record_bytes, kCompactedFromPercent);
}

bool Shard::make_room(size_t record_bytes, uint32_t now) {
  if (record_bytes + kIndexBytesOfItem > limit_bytes_) return false;
  const Contents& all = *contents_;
  const size_t steps_max = kReclaimSteps + 2 * record_bytes / kHeaderBytes;
  for (size_t steps = 0; steps < steps_max; ++steps) {
    if (is_over(record_bytes)) {
      if (!reclaim_one(now)) return false;
    } else if (is_physically_over(all.physical_bytes() + record_bytes, limit_bytes_,
                                  kSlackPercent)) {
      if (!compact(now, SIZE_MAX, kRoundBytesMax) && !reclaim_one(now)) return true;
    } else {
      // Dead bytes beyond the slack of what is alive are given back little by little.
      if (has_slack(record_bytes)) {
        compact(now, kSegmentsLookedAt, kCompactedBytes + kCompactedOfStored * record_bytes);
      }
      return true;
    }
  }
  return true;  // a limit that was lowered a moment ago: each store brings it nearer
}

bool Shard::lacks_pages_for(size_t record_bytes) const {
  return contents_->segments.is_larger_than_a_segment(record_bytes) &&
         !holding_.has_room_for(record_bytes);
}

bool Shard::find_room(size_t record_bytes, uint32_t now, uint64_t work_max) {
  if (record_bytes + kIndexBytesOfItem > limit_bytes_) return true;  // there is none
  const Contents& all = contents();
  const uint64_t work_end = work_ + work_max;
  while (true) {
    const bool is_full = is_over(record_bytes);
    if (is_full || (lacks_pages_for(record_bytes) && !has_garbage())) {
      if (!reclaim_one(now)) return true;
    } else if (has_garbage() && lacks_pages_for(record_bytes)) {
      work_ += free_garbage(record_bytes) / kFreedBytesOfWork;
    } else if (is_physically_over(all.physical_bytes() + record_bytes, limit_bytes_,
                                  kSlackPercent)) {
      if (!compact(now, SIZE_MAX, kCompactedBytes) && !reclaim_one(now)) return true;
    } else {
      return true;
    }
    if (work_ >= work_end) return false;
  }
}

// Frees something: what has expired first, then the least useful. False when nothing is left.
bool Shard::reclaim_one(uint32_t now) {
  Contents& all = *contents_;
  const uint64_t expired = counters_.expired;
  sweep_expired(now, kSweptOfEviction);
  if (counters_.expired != expired) return true;
  all.ghosts.want(all.index.size() * kGhostsOfTenItems / 10);
  const uint64_t small_target = limit_bytes_ / 1000 * all.small_share;
  const bool is_small_first = all.segments.live_bytes(Queue::small) > small_target ||
                              all.segments.live_bytes(Queue::main) == 0;
  const Queue first = is_small_first ? Queue::small : Queue::main;
  const Queue other = is_small_first ? Queue::main : Queue::small;
  return evict_one(first, now) || evict_one(other, now) || evict_oldest(first) ||
         evict_oldest(other);
}

// Takes items from the queue's tail until one is evicted. False when it is empty or too many were
// used.
bool Shard::evict_one(Queue queue, uint32_t now) {
  Contents& all = *contents_;
  size_t round_bytes = 0;
  for (size_t rounds = 0; rounds < kRoundsMax && round_bytes < kRoundBytesMax; ++rounds) {
    const auto oldest = all.segments.next_oldest(queue);
    if (!oldest) return false;
    const Record& record = oldest->record;
    const uint32_t uses = record.use_count();
    if (is_expired(record, now)) {
      expire(*oldest);
      return true;
    }
    if (uses == 0) {
      evict(*oldest, queue, hash_of(record.key()));
      return true;
    }
    round_bytes += record.bytes();
    // From small to main with a clean slate; in main another round, one use less.
    move(*oldest, Queue::main, queue == Queue::small ? 0 : uses - 1);
    if (queue == Queue::small &&
        all.segments.live_bytes(Queue::small) <= limit_bytes_ / 1000 * all.small_share) {
      return true;  // small kept its share by promotion alone: the next step looks anew
    }
  }
  return false;
}

bool Shard::evict_oldest(Queue queue) {
  const auto oldest = contents_->segments.next_oldest(queue);
  if (oldest) evict(*oldest, queue, hash_of(oldest->record.key()));
  return oldest.has_value();
}

void Shard::evict(const Segments::Placed& item, Queue queue, uint64_t hash) {
  ++counters_.evictions;
  work_ += limits::kEvictionWork;
  contents_->ghosts.remember(hash, queue);
  remove(hash, Found{item.location, item.record});
}

void Shard::expire(const Segments::Placed& item) {
  ++counters_.expired;
  work_ += limits::kEvictionWork;
  remove(hash_of(item.record.key()), Found{item.location, item.record});
}

// To the head of a queue: a run as it lies, anything else as a copy; where no memory can be had for
// that the item is evicted instead.
void Shard::move(const Segments::Placed& from, Queue to, uint32_t use_count) {
  Contents& all = *contents_;
  const SegmentId id = all.segments.segment_of(from.location);
  if (all.segments.segment(id).is_run) {
    Record(from.record).set_use_count(use_count);
    all.segments.requeue_run(id, to);
    return;
  }
  const uint64_t hash = hash_of(from.record.key());
  const size_t bytes = from.record.bytes();
  const auto placed = all.segments.append(to, bytes, from.record.expiry());
  if (!placed) return evict(from, all.segments.queue_of(from.location), hash);
  std::memcpy(placed->record.data(), from.record.data(), bytes);
  work_ += bytes;
  Record(placed->record).set_use_count(use_count);
  all.index.replace(hash, from.location, placed->location);
  all.segments.kill(from.location);
}

// Goes on with the segment that is being compacted, or takes the next one. False when there is
// none.
bool Shard::compact(uint32_t now, size_t looked_at_max, size_t bytes_max) {
  Segments& segments = contents_->segments;
  if (!segments.is_walking(Segments::Walker::compaction)) {
    const SegmentId id = segments.find_dead(looked_at_max);
    if (id == Segments::kNone) return false;
    segments.start_walk(Segments::Walker::compaction, id);
  }
  size_t copied_bytes = 0;
  for (size_t i = 0; i < kCompactedRecords && copied_bytes < bytes_max; ++i) {
    const auto placed = segments.next_record(Segments::Walker::compaction);
    if (!placed) break;
    const Record& record = placed->record;
    if (record.is_dead()) continue;
    if (is_expired(record, now)) {
      expire(*placed);
      continue;
    }
    copied_bytes += record.bytes();
    move(*placed, segments.queue_of(placed->location), record.use_count());
  }
  return true;
}

bool Shard::compact_slack(uint32_t now, size_t bytes_max) {
  if (!contents_) return false;
  return has_slack(0) && compact(now, kSegmentsLookedAt, bytes_max);
}

// A ghost that is asked for again says that its queue should have been larger.
void Shard::adapt(Queue recalled, size_t record_bytes) {
  Contents& all = *contents_;
  const uint64_t small = std::max<uint64_t>(all.ghosts.held(Queue::small), 1);
  const uint64_t main = std::max<uint64_t>(all.ghosts.held(Queue::main), 1);
  const bool is_small = recalled == Queue::small;
  // A hit in the shorter memory weighs more: it had fewer chances.
  const uint64_t weight = is_small ? std::max(main * kWeightOne / small, kWeightOne)
                                   : std::max(small * kWeightOne / main, kWeightOne);
  const auto shift_bytes = static_cast<int64_t>(record_bytes * weight * kAdaptSpeed / kWeightOne);
  all.small_debt += is_small ? shift_bytes : -shift_bytes;
  const auto step = static_cast<int64_t>(limit_bytes_ / 1000 + 1);
  const int64_t shift = all.small_debt / step;
  all.small_debt -= shift * step;
  all.small_share = static_cast<uint64_t>(std::clamp<int64_t>(
      static_cast<int64_t>(all.small_share) + shift, kSmallShareMin, kSmallShareMax));
}

bool Shard::sweep_expired(uint32_t now, size_t records_max) {
  if (!contents_) return false;
  Segments& segments = contents_->segments;
  for (size_t swept = 0; swept < records_max;) {
    if (!segments.is_walking(Segments::Walker::sweep)) {
      if (!segments.may_be_due(now)) return false;
      swept += kSweptOfSearch;
      const SegmentId id = segments.find_due(now);
      if (id != Segments::kNone) segments.start_walk(Segments::Walker::sweep, id);
      continue;
    }
    ++swept;
    const auto placed = segments.next_record(Segments::Walker::sweep);
    if (!placed || placed->record.is_dead() || !is_expired(placed->record, now)) continue;
    expire(*placed);
    const SegmentId id = segments.walked(Segments::Walker::sweep);
    if (id != Segments::kNone && segments.segment(id).expiries.due(now) == 0) {
      segments.end_walk(Segments::Walker::sweep);
    }
  }
  return segments.is_walking(Segments::Walker::sweep) || segments.may_be_due(now);
}

bool Shard::trim(uint32_t now, size_t items_max) {
  if (!contents_) return false;
  for (size_t i = 0; i < items_max && charged_bytes() > limit_bytes_; ++i) {
    if (!reclaim_one(now)) return false;
  }
  return charged_bytes() > limit_bytes_;
}

void Shard::give_room(uint32_t now, uint64_t bytes, size_t items_max) {
  const uint64_t held = holding_.bytes();
  const uint64_t wanted = held - std::min(held, bytes);
  if (has_garbage()) free_garbage(bytes);
  if (!contents_) return;
  for (size_t i = 0; i < items_max && holding_.bytes() > wanted; ++i) {
    if (!reclaim_one(now)) return;
  }
}

}  // namespace cachery::store
