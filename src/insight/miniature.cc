#include "insight/miniature.h"

#include <algorithm>

namespace cachery::insight {
namespace {

// The store's own figures (store/shard.cc), which see for their reasons.
constexpr double kSmallShareMin = 0.01;
constexpr double kSmallShareMax = 0.95;
constexpr double kAdaptSpeed = 2;
constexpr uint8_t kUsesMax = 3;
constexpr double kGhostsOfItem = 0.45;  // of each of the two ghosts

// Most caches are small ones: seven miniatures of a cache of one item take 3 KB.
constexpr size_t kEntriesFirst = 4;

}  // namespace

Miniature::Answer Miniature::play(const Sample& sample) {
  if (next_expiry_ != 0 && next_expiry_ <= sample.now) sweep_expired(sample.now);
  const Id id = find(sample.hash);
  switch (sample.act) {
    case Act::hit:
    case Act::miss:
      return read(id, sample);
    case Act::store:
      store(id, sample);
      break;
    case Act::change:
      if (id != kNone && is_held(entries_[id].list)) {
        entries_[id].uses = std::min<uint8_t>(entries_[id].uses + 1, kUsesMax) & 3;
      }
      break;
    case Act::remove:
      if (id != kNone && is_held(entries_[id].list)) drop(id);
      break;
    case Act::other:
      break;
  }
  return Answer::nothing;
}

// A read that misses here is followed by a store, as an application would do: where the cache
// itself missed too it will come, else it is made here, of the size that was read.
Miniature::Answer Miniature::read(Id id, const Sample& sample) {
  if (id != kNone && is_held(entries_[id].list)) {
    Entry& entry = entries_[id];
    entry.uses = std::min<uint8_t>(entry.uses + 1, kUsesMax) & 3;
    entry.expects_fill = sample.act == Act::miss;
    return Answer::hit;
  }
  if (sample.act == Act::hit) insert(id, sample);
  return Answer::miss;
}

void Miniature::store(Id id, const Sample& sample) {
  if (id != kNone && is_held(entries_[id].list)) {
    overwrite(id, sample);
  } else {
    insert(id, sample);
  }
}

void Miniature::overwrite(Id id, const Sample& sample) {
  Entry& entry = entries_[id];
  if (!entry.expects_fill) entry.uses = std::min<uint8_t>(entry.uses + 1, kUsesMax) & 3;
  entry.expects_fill = false;
  entry.expiry = sample.expiry;
  if (sample.expiry != 0) {
    next_expiry_ = next_expiry_ == 0 ? sample.expiry : std::min(next_expiry_, sample.expiry);
  }
  if (sample.charged_bytes <= entry.bytes) {  // in its place
    ends(entry.list).bytes -= entry.bytes - sample.charged_bytes;
    entry.bytes = sample.charged_bytes;
    return;
  }
  const List list = entry.list;
  unlink(id);
  entry.bytes = sample.charged_bytes;
  push(id, list);
  evict_until_it_fits();
}

void Miniature::insert(Id id, const Sample& sample) {
  List list = List::small;
  if (id != kNone) {  // a ghost
    adapt(entries_[id].list, sample.charged_bytes);
    drop(id);
    list = List::main;
  }
  if (sample.charged_bytes > capacity_bytes()) return;
  const Id made = make(sample.hash);
  if (made == kNone) return;
  entries_[made].bytes = sample.charged_bytes;
  entries_[made].expiry = sample.expiry;
  if (sample.expiry != 0) {
    next_expiry_ = next_expiry_ == 0 ? sample.expiry : std::min(next_expiry_, sample.expiry);
  }
  // Room first, as the store does: what is new is not what is evicted for it.
  coming_bytes_ = sample.charged_bytes;
  evict_until_it_fits();
  coming_bytes_ = 0;
  push(made, list);
}

// A ghost that is asked for again says that its queue should have been larger; a hit in the shorter
// memory weighs more.
void Miniature::adapt(List recalled, uint32_t bytes) {
  const double small = std::max(1u, ends(List::small_ghost).count);
  const double main = std::max(1u, ends(List::main_ghost).count);
  const bool is_small = recalled == List::small_ghost;
  const double weight = std::max(1.0, is_small ? main / small : small / main);
  const double capacity = static_cast<double>(std::max<uint64_t>(capacity_bytes(), 1));
  const double shift = kAdaptSpeed * weight * bytes / capacity;
  small_share_ =
      std::clamp(small_share_ + (is_small ? shift : -shift), kSmallShareMin, kSmallShareMax);
}

void Miniature::evict_until_it_fits() {
  while (held_bytes() > capacity_bytes()) {
    const auto small_target =
        static_cast<uint64_t>(small_share_ * static_cast<double>(capacity_bytes()));
    const bool is_small_first =
        ends(List::small).bytes > small_target || ends(List::main).count == 0;
    const List first = is_small_first ? List::small : List::main;
    const List other = is_small_first ? List::main : List::small;
    if (!evict_from(first) && !evict_from(other)) return;
  }
}

// Takes items from the tail until one is evicted, or moved from small to main.
bool Miniature::evict_from(List list) {
  while (ends(list).count > 0) {
    const Id id = ends(list).oldest;
    Entry& entry = entries_[id];
    unlink(id);
    if (entry.uses == 0) {
      const List ghost = list == List::small ? List::small_ghost : List::main_ghost;
      push(id, ghost);
      trim_ghost(ghost);
      return true;
    }
    entry.uses = list == List::small ? 0 : (entry.uses - 1) & 3;
    push(id, List::main);
    if (list == List::small) return true;
  }
  return false;
}

void Miniature::trim_ghost(List list) {
  const auto most = static_cast<uint32_t>(kGhostsOfItem * static_cast<double>(held_count())) + 1;
  while (ends(list).count > most) drop(ends(list).oldest);
}

void Miniature::sweep_expired(uint32_t now) {
  next_expiry_ = 0;
  for (size_t i = 0; i < used_; ++i) {
    const Entry& entry = entries_[i];
    if (!is_held(entry.list) || entry.expiry == 0) continue;
    if (entry.expiry <= now) {
      drop(static_cast<Id>(i));
    } else {
      next_expiry_ = next_expiry_ == 0 ? entry.expiry : std::min(next_expiry_, entry.expiry);
    }
  }
}

void Miniature::halve() {
  if (threshold_ <= 1) return;
  threshold_ /= 2;
  for (size_t i = 0; i < used_; ++i) {
    const Entry& entry = entries_[i];
    if (entry.list != List::free && position_of(entry.hash) >= threshold_) drop(static_cast<Id>(i));
  }
  evict_until_it_fits();
}

void Miniature::clear() {
  entries_ = {};
  buckets_ = {};
  used_ = free_count_ = 0;
  next_expiry_ = 0;
  lists_ = {};
}

size_t Miniature::memory_bytes() const {
  return entries_.capacity() * sizeof(Entry) + buckets_.capacity() * sizeof(Id);
}

Miniature::Id Miniature::find(uint64_t hash) const {
  if (buckets_.empty()) return kNone;
  Id id = buckets_[bucket_of(hash)];
  while (id != kNone && entries_[id].hash != hash) id = entries_[id].chained;
  return id;
}

// A free entry, in the hash table and in no list. kNone: the key left the sample meanwhile.
Miniature::Id Miniature::make(uint64_t hash) {
  if (free_count_ == 0 && used_ == entries_.size()) {
    if (entries_.size() < kEntriesMax) {
      resize_entries(std::max(kEntriesFirst, entries_.size() * 2));
    } else {
      halve();
      if (position_of(hash) >= threshold_ || free_count_ == 0) return kNone;
    }
  }
  Id id = static_cast<Id>(used_);
  if (free_count_ > 0) {
    id = ends(List::free).oldest;
    unlink(id);
    --free_count_;
  } else {
    ++used_;
  }
  Entry& entry = entries_[id];
  entry = {};
  entry.hash = hash;
  Id& head = buckets_[bucket_of(hash)];
  entry.chained = head;
  head = id;
  return id;
}

void Miniature::drop(Id id) {
  unlink(id);
  Entry& entry = entries_[id];
  Id* link = &buckets_[bucket_of(entry.hash)];
  while (*link != id) link = &entries_[*link].chained;
  *link = entry.chained;
  entry.bytes = 0;
  push(id, List::free);
  ++free_count_;
}

void Miniature::push(Id id, List list) {
  Entry& entry = entries_[id];
  Ends& at = ends(list);
  entry.list = list;
  entry.older = at.newest;
  entry.newer = kNone;
  (at.newest == kNone ? at.oldest : entries_[at.newest].newer) = id;
  at.newest = id;
  ++at.count;
  at.bytes += entry.bytes;
}

void Miniature::unlink(Id id) {
  Entry& entry = entries_[id];
  Ends& at = ends(entry.list);
  (entry.older == kNone ? at.oldest : entries_[entry.older].newer) = entry.newer;
  (entry.newer == kNone ? at.newest : entries_[entry.newer].older) = entry.older;
  --at.count;
  at.bytes -= entry.bytes;
}

void Miniature::resize_entries(size_t count) {
  entries_.resize(count);
  buckets_.assign(count, kNone);
  for (size_t i = 0; i < used_; ++i) {
    Entry& entry = entries_[i];
    if (entry.list == List::free) continue;
    Id& head = buckets_[bucket_of(entry.hash)];
    entry.chained = head;
    head = static_cast<Id>(i);
  }
}

}  // namespace cachery::insight
