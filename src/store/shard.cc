#include "store/shard.h"

#include <algorithm>
#include <bit>

#include "base/prefetch.h"
#include "store/hash.h"
#include "store/shard_contents.h"

namespace cachery::store {
namespace {

// 64 KiB segments below about 100 MiB, up to 1 MiB above: some 500 segments and more a shard keep
// the order fine-grained (docs/decisions on eviction order).
constexpr uint32_t kSegmentBytesMin = 64u << 10;
constexpr uint32_t kSegmentBytesMax = 1u << 20;
constexpr uint64_t kSegmentsWanted = 1024;

constexpr uint32_t kUseCountMax = 3;
// The index and the ghosts may have grown by what was stored.
constexpr size_t kSettleStepsMax = 1024;
// To free a segment takes as many as it has items: a millisecond or so.
constexpr size_t kFreeingStepsMax = 4096;
// Contents of less are freed when they are flushed: it costs no more than to keep them.
constexpr size_t kFreedAtOnceBytes = 128u << 10;
// A store frees so much of what was flushed and twice its own size: more than it takes.
constexpr size_t kPaidBytesMax = 2u << 20;

uint32_t segment_bytes_for(uint64_t limit_bytes) {
  const uint64_t wanted = std::bit_floor(std::max<uint64_t>(limit_bytes / kSegmentsWanted, 1));
  return static_cast<uint32_t>(std::clamp<uint64_t>(wanted, kSegmentBytesMin, kSegmentBytesMax));
}

// Pages: segments that are not full come on top of the limit.
uint64_t entitled_bytes(uint64_t limit_bytes) {
  return limit_bytes / 100 * (100 + Shard::kSlackPercent);
}

}  // namespace

void Shard::ContentsDeleter::operator()(Contents* contents) const { delete contents; }

Shard::Shard(Pool& pool, uint64_t hash_seed, uint64_t limit_bytes)
    : holding_(pool, entitled_bytes(limit_bytes)),
      hash_seed_(hash_seed),
      limit_bytes_(limit_bytes) {}

Shard::~Shard() = default;

Shard::Contents& Shard::contents() {
  if (!contents_) {
    Contents* made = new Contents(holding_, limit_bytes_, segment_bytes_for(limit_bytes_));
    contents_.reset(made);
    made->index.set_items(
        {.hash_of = [this, made](Location at) { return hash_of(made->segments.at(at).key()); },
         .prefetch =
             [made](Location at) {
               const char* const data = made->segments.at(at).data();
               cachery::prefetch(data);
               cachery::prefetch(data + kHeaderBytes);
             }});
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
  if (!record.is_fetched()) record.set_fetched(true);
}

void Shard::set_expiry(const Found& item, uint32_t expiry) {
  Record record = item.record;
  contents_->segments.change_expiry(item.location, record.expiry(), expiry);
  record.set_expiry(expiry);
}

void Shard::remove(uint64_t hash, const Found& item) {
  contents_->index.erase(hash, item.location);
  contents_->segments.kill(item.location);
}

// Where the record begins if the value stays where it was received; null where it cannot, as it
// would leave more of the extent unused than a run may.
char* Shard::place_in(const OfferedBlock& block, const char* value, size_t head_bytes,
                      size_t record_bytes) const {
  const auto value_at = static_cast<size_t>(value - block.data);
  const size_t at = value_at - head_bytes;
  const bool can_stay = value_at >= head_bytes && at < Segments::kRunStartsBefore &&
                        at + record_bytes <= block.bytes &&
                        block.bytes - record_bytes <= block.bytes / 8 &&
                        contents_->segments.is_larger_than_a_segment(record_bytes);
  return can_stay ? block.data + at : nullptr;
}

Put Shard::put(uint64_t hash, std::string_view key, std::string_view value, Record::Fields fields,
               uint32_t now, OfferedBlock* block) noexcept {
  Contents& all = contents();
  const auto same_key = [&](Location location) { return all.segments.at(location).key() == key; };
  const size_t bytes = Record::bytes_for(key.size(), value.size(), fields);
  if (!garbage_.empty()) [[unlikely]]
    pay_with_garbage(bytes);
  NewItem item{key, value, fields, bytes, block, nullptr};
  if (block != nullptr) {
    item.place = place_in(*block, value.data(), Record::head_bytes_for(key.size(), fields), bytes);
  }
  ++counters_.items_stored;
  if (Location* slot = all.index.find(hash, same_key); slot != nullptr) {
    const Found old{*slot, all.segments.at(*slot)};
    item.fields.use_count = std::min(old.record.use_count() + 1, kUseCountMax);
    if (all.segments.can_rewrite(old.location, bytes)) {
      rewrite(old, item);
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
  auto placed = has_room ? append(queue, item) : std::nullopt;
  if (has_room && !placed) {
    placed = append_by_eviction(queue, bytes, fields.expiry, now);
    slot = all.index.find(hash, same_key);
  }
  if (!placed) {
    --counters_.items_stored;
    if (slot != nullptr) remove(hash, Found{*slot, all.segments.at(*slot)});
    return Put::out_of_memory;
  }
  placed->record.write(key, value, item.fields);
  if (item.place == nullptr || !block->is_taken) work_ += bytes;
  if (slot != nullptr) {
    const Location old = *slot;
    *slot = placed->location;
    all.segments.kill(old);
  } else if (!all.index.insert(hash, placed->location)) {
    --counters_.items_stored;
    all.segments.kill(placed->location);
    // What is evicted is memory for a longer table, when the next one is stored.
    free_garbage(kPaidBytesMax);
    for (size_t i = 0; i < kSettleStepsMax && reclaim_one(now); ++i) {
    }
    return Put::out_of_memory;
  }
  for (size_t i = 0; i < kSettleStepsMax && charged_bytes() > limit_bytes_; ++i) reclaim_one(now);
  return Put::stored;
}

std::optional<Segments::Placed> Shard::append(Queue queue, const NewItem& item) {
  Segments& segments = contents_->segments;
  if (item.place == nullptr) return segments.append(queue, item.bytes, item.fields.expiry);
  const auto placed =
      segments.adopt(queue, item.place, *item.block, item.bytes, item.fields.expiry);
  item.block->is_taken = placed.has_value();
  return placed;
}

// Below its limit, yet the pool is used up by other caches, or the numbers of segments are: it does
// with what it has. Evicts until a segment is free; where that takes too long the next store goes
// on.
std::optional<Segments::Placed> Shard::append_by_eviction(Queue queue, size_t record_bytes,
                                                          uint32_t expiry, uint32_t now) {
  Segments& segments = contents_->segments;
  std::optional<Segments::Placed> placed;
  const size_t steps_max = kFreeingStepsMax + 2 * record_bytes / kHeaderBytes;
  for (size_t i = 0; i < steps_max && !placed; ++i) {
    if (has_garbage()) {
      free_garbage(record_bytes);
    } else if (!reclaim_one(now)) {
      break;
    }
    placed = segments.append(queue, record_bytes, expiry);
  }
  return placed;
}

// Where the old one is in the order of the items.
void Shard::rewrite(const Found& old, const NewItem& item) {
  Segments& segments = contents_->segments;
  Record record = old.record;
  const size_t old_bytes = record.bytes();
  segments.change_expiry(old.location, record.expiry(), item.fields.expiry);
  if (item.place != nullptr && segments.exchange(old.location, item.place, *item.block)) {
    record = segments.at(old.location);
    item.block->is_taken = true;
  }
  record.write(item.key, item.value, item.fields);
  if (item.place == nullptr || !item.block->is_taken) work_ += item.bytes;
  segments.shrink(old.location, old_bytes, item.bytes);
}

uint64_t Shard::charged_bytes() const {
  if (!contents_) return 0;
  return contents_->segments.live_bytes() + contents_->index.bytes() + contents_->ghosts.bytes() +
         contents_->segments.bookkeeping_bytes();
}

uint64_t Shard::item_bytes() const { return contents_ ? contents_->segments.live_bytes() : 0; }

uint64_t Shard::physical_bytes() const { return contents_ ? contents_->physical_bytes() : 0; }

uint64_t Shard::items() const { return contents_ ? contents_->index.size() : 0; }

size_t Shard::charge_of(const Record& record) { return record.bytes() + kIndexBytesOfItem; }

size_t Shard::run_bytes_min(uint64_t limit_bytes) { return segment_bytes_for(limit_bytes) / 4; }

bool Shard::is_over(size_t record_bytes) const {
  return charged_bytes() + record_bytes + kIndexBytesOfItem > limit_bytes_;
}

void Shard::set_limit(uint64_t limit_bytes) {
  limit_bytes_ = limit_bytes;
  holding_.set_entitled(entitled_bytes(limit_bytes));
}

void Shard::flush() {
  if (!contents_) return;
  if (contents_->physical_bytes() > kFreedAtOnceBytes) garbage_.push_back(std::move(contents_));
  contents_.reset();
}

std::vector<Extent> Shard::take_garbage(size_t bytes_max) {
  std::vector<Extent> extents;
  if (garbage_.empty()) return extents;
  if (!garbage_.back()->take_extents(bytes_max, extents)) garbage_.pop_back();
  return extents;
}

size_t Shard::free_garbage(size_t bytes_max) {
  const uint64_t before = holding_.bytes();
  for (const Extent& extent : take_garbage(bytes_max)) holding_.release(extent);
  return before - holding_.bytes();
}

// What was flushed makes room for what is stored: a cache that is filled and flushed in turn never
// holds more than one that is only filled.
void Shard::pay_with_garbage(size_t record_bytes) {
  size_t left = 2 * record_bytes + kPaidBytesMax;
  while (!garbage_.empty() && holding_.bytes() + record_bytes > holding_.entitled_bytes()) {
    left -= std::min(left, free_garbage(1));
    if (left == 0) return;
  }
}

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
