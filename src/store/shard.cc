#include "store/shard.h"

#include <algorithm>
#include <bit>

#include "base/prefetch.h"
#include "store/hash.h"

namespace cachery::store {
namespace {

// 64 KiB segments below about 100 MiB, up to 1 MiB above: some 500 segments and more a shard keep
// the order fine-grained (docs/decisions on eviction order).
constexpr uint32_t kSegmentBytesMin = 64u << 10;
constexpr uint32_t kSegmentBytesMax = 1u << 20;
constexpr uint64_t kSegmentsWanted = 1024;

// The small queue's share of the limit, in 1/1000.
constexpr uint64_t kSmallShareStart = 100;
constexpr uint64_t kSmallShareMin = 10;
constexpr uint64_t kSmallShareMax = 950;

constexpr uint64_t kWeightOne = 16;  // weights are in sixteenths
constexpr uint64_t kAdaptSpeed = 2;  // bytes of shift for a byte recalled
constexpr size_t kGhostsOfTenItems = 9;
constexpr uint32_t kUseCountMax = 3;
constexpr size_t kIndexBytesOfItem = 8;  // about: 6.4 bytes a slot, filled to four fifths
// A store that finds much to reclaim (after a smaller limit) does this much of it, beside what its
// own size asks for, and goes on.
constexpr size_t kReclaimStepsMax = 4096;
// Of which a store that finds too many dead bytes compacts one.
constexpr size_t kSegmentsLookedAt = 64;
// The index and the ghosts may have grown by what was stored.
constexpr size_t kSettleStepsMax = 256;

uint32_t segment_bytes_for(uint64_t limit_bytes) {
  const uint64_t wanted = std::bit_floor(std::max<uint64_t>(limit_bytes / kSegmentsWanted, 1));
  return static_cast<uint32_t>(std::clamp<uint64_t>(wanted, kSegmentBytesMin, kSegmentBytesMax));
}

}  // namespace

struct Shard::Contents {
  Contents(Pool& pool, uint64_t limit_bytes, Index::HashOf hash_of)
      : segments(pool, segment_bytes_for(limit_bytes)), index(std::move(hash_of)) {}

  Segments segments;
  Index index;
  Ghosts ghosts;
  uint64_t small_share = kSmallShareStart;  // in 1/1000 of the limit
  int64_t small_debt = 0;                   // bytes by which the share should move, below one step
  uint32_t next_expiry = 0;                 // no segment holds what expires before; 0: none does
};

void Shard::ContentsDeleter::operator()(Contents* contents) const { delete contents; }

Shard::Shard(Pool& pool, uint64_t hash_seed, uint64_t limit_bytes)
    : pool_(pool), hash_seed_(hash_seed), limit_bytes_(limit_bytes) {}

Shard::~Shard() = default;

Shard::Contents& Shard::contents() {
  if (!contents_) {
    Contents* made = new Contents(pool_, limit_bytes_, {});
    contents_.reset(made);
    made->index.set_hash_of(
        [this, made](Location location) { return hash_of(made->segments.at(location).key()); });
  }
  return *contents_;
}

uint64_t Shard::hash_of(std::string_view key) const { return hash_key(key, hash_seed_); }

Found Shard::find(uint64_t hash, std::string_view key, uint32_t now, bool* was_expired) {
  if (!contents_) return {};
  const Segments& segments = contents_->segments;
  const Location* slot = contents_->index.find(
      hash, [&](Location location) { return segments.at(location).key() == key; });
  if (slot == nullptr) return {};
  const Found found{*slot, segments.at(*slot)};
  if (found.record.expiry() == 0 || found.record.expiry() > now) return found;
  ++counters_.expired;
  remove(hash, found);
  if (was_expired != nullptr) *was_expired = true;
  return {};
}

void Shard::note_use(const Found& item, uint32_t now) {
  Record record = item.record;
  const uint32_t count = record.use_count();
  if (count < kUseCountMax) record.set_use_count(count + 1);
  if (record.accessed() != now) record.set_accessed(now);
  if (!record.is_fetched()) record.set_fetched();
}

void Shard::set_expiry(const Found& item, uint32_t expiry) {
  Record record = item.record;
  record.set_expiry(expiry);
  if (expiry == 0) return;
  contents_->segments.note_expiry(item.location, expiry);
  uint32_t& next = contents_->next_expiry;
  next = next == 0 ? expiry : std::min(next, expiry);
}

void Shard::remove(uint64_t hash, const Found& item) {
  contents_->index.erase(hash, item.location);
  contents_->segments.kill(item.location);
}

Put Shard::put(uint64_t hash, std::string_view key, std::string_view value, Record::Fields fields,
               uint32_t now) {
  Contents& all = contents();
  const auto same_key = [&](Location location) { return all.segments.at(location).key() == key; };
  const size_t bytes = Record::bytes_for(key.size(), value.size(), fields);
  if (fields.expiry != 0) {
    all.next_expiry =
        all.next_expiry == 0 ? fields.expiry : std::min(all.next_expiry, fields.expiry);
  }
  ++counters_.items_stored;
  if (Location* slot = all.index.find(hash, same_key); slot != nullptr) {
    const Found old{*slot, all.segments.at(*slot)};
    fields.use_count = std::min(old.record.use_count() + 1, kUseCountMax);
    if (all.segments.can_rewrite(old.location, bytes)) {
      rewrite_in_place(old, key, value, fields);
      return Put::stored;
    }
  }
  const bool has_room = make_room(bytes, now);
  // Making room may have moved or evicted what the key held.
  Location* slot = all.index.find(hash, same_key);
  Queue queue = Queue::small;
  if (slot != nullptr) {
    queue = all.segments.queue_of(*slot);
  } else if (const auto recalled = all.ghosts.recall(hash)) {
    adapt(*recalled, bytes);
    queue = Queue::main;
  }
  const auto placed = has_room ? all.segments.append(queue, bytes, fields.expiry) : std::nullopt;
  if (!placed) {
    --counters_.items_stored;
    if (slot != nullptr) remove(hash, Found{*slot, all.segments.at(*slot)});
    return Put::out_of_memory;
  }
  Record record = placed->record;
  record.write(key, value, fields);
  if (slot != nullptr) {
    const Location old = *slot;
    *slot = placed->location;
    all.segments.kill(old);
  } else {
    all.index.insert(hash, placed->location);
  }
  for (size_t i = 0; i < kSettleStepsMax && charged_bytes() > limit_bytes_; ++i) reclaim_one(now);
  return Put::stored;
}

void Shard::rewrite_in_place(const Found& old, std::string_view key, std::string_view value,
                             const Record::Fields& fields) {
  Record record = old.record;
  const size_t old_bytes = record.bytes();
  const size_t new_bytes = Record::bytes_for(key.size(), value.size(), fields);
  record.write(key, value, fields);
  contents_->segments.shrink(old.location, old_bytes, new_bytes);
  if (fields.expiry != 0) contents_->segments.note_expiry(old.location, fields.expiry);
}

uint64_t Shard::charged_bytes() const {
  if (!contents_) return 0;
  return contents_->segments.live_bytes() + contents_->index.bytes() + contents_->ghosts.bytes() +
         contents_->segments.bookkeeping_bytes();
}

uint64_t Shard::item_bytes() const { return contents_ ? contents_->segments.live_bytes() : 0; }

uint64_t Shard::physical_bytes() const {
  if (!contents_) return 0;
  return contents_->segments.physical_bytes() + contents_->index.bytes() +
         contents_->ghosts.bytes();
}

uint64_t Shard::items() const { return contents_ ? contents_->index.size() : 0; }

size_t Shard::charge_of(const Record& record) { return record.bytes() + kIndexBytesOfItem; }

bool Shard::is_over(size_t record_bytes) const {
  return charged_bytes() + record_bytes + kIndexBytesOfItem > limit_bytes_;
}

// Two open segments and one to move into are needed even by the smallest cache.
bool Shard::is_physically_over(uint64_t live_bytes, size_t record_bytes) const {
  const Segments& segments = contents_->segments;
  const uint64_t slack = std::max<uint64_t>(live_bytes * kSlackPercent / 100,
                                            uint64_t{4} * segments.segment_bytes());
  return segments.physical_bytes() + record_bytes > live_bytes + slack;
}

bool Shard::make_room(size_t record_bytes, uint32_t now) {
  if (record_bytes + kIndexBytesOfItem > limit_bytes_) return false;
  const size_t steps_max = kReclaimStepsMax + record_bytes / kHeaderBytes;
  for (size_t steps = 0; steps < steps_max; ++steps) {
    if (is_over(record_bytes)) {
      if (!reclaim_one(now)) return false;
    } else if (is_physically_over(limit_bytes_, record_bytes)) {
      if (!compact_one(SIZE_MAX) && !reclaim_one(now)) return true;
    } else {
      // Dead bytes beyond the slack of what is alive are given back little by little.
      const uint64_t live = contents_->segments.live_bytes() + record_bytes;
      if (is_physically_over(live, record_bytes)) compact_one(kSegmentsLookedAt);
      return true;
    }
  }
  return true;  // a limit that was lowered a moment ago: each store brings it nearer
}

// Frees something: what has expired first, then the least useful. False when nothing is left.
bool Shard::reclaim_one(uint32_t now) {
  Contents& all = *contents_;
  if (all.next_expiry != 0 && all.next_expiry <= now) {
    const uint64_t before = counters_.expired;
    sweep_expired(now);
    if (counters_.expired != before) return true;
  }
  size_ghosts();
  const uint64_t small_target = limit_bytes_ / 1000 * all.small_share;
  const bool is_small_first = all.segments.live_bytes(Queue::small) > small_target ||
                              all.segments.live_bytes(Queue::main) == 0;
  const Queue first = is_small_first ? Queue::small : Queue::main;
  const Queue other = is_small_first ? Queue::main : Queue::small;
  return evict_one(first) || evict_one(other);
}

// Takes items from the queue's tail until one is evicted.
bool Shard::evict_one(Queue queue) {
  Contents& all = *contents_;
  while (const auto oldest = all.segments.next_oldest(queue)) {
    const uint32_t uses = oldest->record.use_count();
    if (uses == 0) {
      evict(*oldest, queue, hash_of(oldest->record.key()));
      return true;
    }
    // From small to main with a clean slate; in main another round, one use less.
    move(*oldest, Queue::main, queue == Queue::small ? 0 : uses - 1);
    if (queue == Queue::small &&
        all.segments.live_bytes(Queue::small) <= limit_bytes_ / 1000 * all.small_share) {
      return true;  // small kept its share by promotion alone: the next step looks anew
    }
  }
  return false;
}

void Shard::evict(const Segments::Placed& item, Queue queue, uint64_t hash) {
  ++counters_.evictions;
  contents_->ghosts.remember(hash, queue);
  remove(hash, Found{item.location, item.record});
}

// A copy at the head of a queue; where no memory can be had the item is evicted instead.
void Shard::move(const Segments::Placed& from, Queue to, uint32_t use_count) {
  Contents& all = *contents_;
  const uint64_t hash = hash_of(from.record.key());
  const size_t bytes = from.record.bytes();
  const auto placed = all.segments.append(to, bytes, from.record.expiry());
  if (!placed) return evict(from, all.segments.queue_of(from.location), hash);
  std::memcpy(placed->record.data(), from.record.data(), bytes);
  Record(placed->record).set_use_count(use_count);
  all.index.replace(hash, from.location, placed->location);
  all.segments.kill(from.location);
}

bool Shard::compact_one(size_t looked_at_max) {
  Contents& all = *contents_;
  const SegmentId id = all.segments.find_dead(looked_at_max);
  if (id == Segments::kNone) return false;
  const Queue queue = all.segments.segment(id).queue;
  all.segments.for_each_live(id, [&](Location location, const Record& record) {
    move({location, record}, queue, record.use_count());
  });
  return true;
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

// Made at the first eviction, remade when the number of items has moved from what they were made
// for.
void Shard::size_ghosts() {
  Contents& all = *contents_;
  const size_t wanted = all.index.size() * kGhostsOfTenItems / 10;
  const size_t have = all.ghosts.entries();
  if (wanted > have * 5 / 4 + 16 || wanted * 3 / 2 + 64 < have) all.ghosts.resize(wanted);
}

void Shard::sweep_expired(uint32_t now) {
  if (!contents_ || contents_->next_expiry == 0 || contents_->next_expiry > now) return;
  Contents& all = *contents_;
  uint32_t next = 0;
  const auto lower = [](uint32_t a, uint32_t b) {
    return a == 0 ? b : b == 0 ? a : std::min(a, b);
  };
  for (SegmentId id = 0; id < all.segments.count(); ++id) {
    const uint32_t expiry_min = all.segments.segment(id).expiry_min;
    if (all.segments.segment(id).data == nullptr || expiry_min == 0) continue;
    if (expiry_min > now) {
      next = lower(next, expiry_min);
      continue;
    }
    uint32_t left_min = 0;
    all.segments.for_each_live(id, [&](Location location, const Record& record) {
      const uint32_t expiry = record.expiry();
      if (expiry == 0 || expiry > now) {
        left_min = lower(left_min, expiry);
        return;
      }
      ++counters_.expired;
      remove(hash_of(record.key()), Found{location, record});
    });
    if (all.segments.segment(id).data != nullptr) all.segments.segment(id).expiry_min = left_min;
    next = lower(next, left_min);
  }
  all.next_expiry = next;
}

bool Shard::trim(uint32_t now, size_t items_max) {
  if (!contents_) return false;
  for (size_t i = 0; i < items_max && charged_bytes() > limit_bytes_; ++i) {
    if (!reclaim_one(now)) return false;
  }
  return charged_bytes() > limit_bytes_;
}

Shard::OwnedContents Shard::flush() { return std::move(contents_); }

void Shard::prefetch_index(uint64_t hash) const {
  if (contents_) contents_->index.prefetch(hash);
}

void Shard::prefetch_item(uint64_t hash) const {
  if (!contents_) return;
  contents_->index.for_each_candidate(hash, [this](Location location) {
    const char* data = contents_->segments.at(location).data();
    cachery::prefetch(data);
    cachery::prefetch(data + 64);
    cachery::prefetch(data + 128);
  });
}

}  // namespace cachery::store
