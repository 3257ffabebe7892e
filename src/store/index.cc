#include "store/index.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace cachery::store {
namespace {

constexpr uint32_t kBucketsMax = 256;        // of a table, before it splits in two
constexpr uint32_t kGrowthDivisor = 8;       // a full table grows by an eighth
constexpr uint32_t kFullPercent = 90;        // of the slots, before a table grows
constexpr uint32_t kSparsePercent = 45;      // below it a table shrinks
constexpr uint32_t kRefillPercent = 75;      // how full it is after that
constexpr uint32_t kDirectoryDepthMax = 16;  // the bits above those that choose a bucket
// Of all tables, from which they fill huge pages: some 250,000 items.
constexpr size_t kHugePagesFromBytes = 2u << 20;

}  // namespace

Index::~Index() {
  for (Table& table : tables_) release(table);
}

bool Index::allocate(Table& table, uint32_t bucket_count, uint32_t depth) {
  const Pages pages = bytes_ >= kHugePagesFromBytes ? Pages::huge : Pages::small;
  char* const extent = holding_.allocate(bucket_count * sizeof(Bucket), pages);
  if (extent == nullptr) return false;
  std::memset(extent, 0, bucket_count * sizeof(Bucket));
  table = {reinterpret_cast<Bucket*>(extent), bucket_count, 0, depth};
  bytes_ += bucket_count * sizeof(Bucket);
  return true;
}

void Index::release(Table& table) {
  if (table.buckets == nullptr) return;
  const Extent extent = extent_of(table);
  holding_.release(extent);
  bytes_ -= extent.bytes;
  table.buckets = nullptr;
}

Extent Index::extent_of(const Table& table) {
  const size_t bytes = table.bucket_count * sizeof(Bucket);
  return {reinterpret_cast<char*>(table.buckets), bytes, bytes};
}

bool Index::take_extents(size_t bytes_max, std::vector<Extent>& to) {
  for (size_t taken = 0; !tables_.empty(); tables_.pop_back()) {
    if (taken >= bytes_max) return true;
    if (tables_.back().buckets == nullptr) continue;
    to.push_back(extent_of(tables_.back()));
    taken += to.back().bytes;
  }
  return false;
}

void Index::place(Table& table, uint64_t hash, Location location) {
  uint32_t at = bucket_of(hash, table.bucket_count);
  while (true) {
    Bucket& bucket = table.buckets[at];
    if (const uint32_t free = match_mask(bucket, 0); free != 0) {
      const auto slot = static_cast<uint32_t>(__builtin_ctz(free));
      bucket.tags[slot] = tag_of(hash);
      bucket.locations[slot] = location;
      ++table.size;
      return;
    }
    ++bucket.passed;
    if (++at == table.bucket_count) at = 0;
  }
}

bool Index::insert(uint64_t hash, Location location) {
  Table* table = &table_of(hash);
  if ((table->size + 1) * 100 > table->bucket_count * kSlots * kFullPercent) {
    // Without memory for a larger table it may be filled to its last slot.
    if (!grow(hash) && table->size == table->bucket_count * kSlots) return false;
    table = &table_of(hash);
  }
  place(*table, hash, location);
  ++size_;
  return true;
}

void Index::erase(uint64_t hash, Location location) {
  Table& table = table_of(hash);
  const uint16_t tag = tag_of(hash);
  uint32_t at = bucket_of(hash, table.bucket_count);
  for (uint32_t probed = 0; probed < table.bucket_count; ++probed) {
    Bucket& bucket = table.buckets[at];
    for (uint32_t mask = match_mask(bucket, tag); mask != 0; mask &= mask - 1) {
      const auto slot = static_cast<uint32_t>(__builtin_ctz(mask));
      if (bucket.locations[slot] != location) continue;
      bucket.tags[slot] = 0;
      for (uint32_t back = bucket_of(hash, table.bucket_count); back != at;) {
        --table.buckets[back].passed;
        if (++back == table.bucket_count) back = 0;
      }
      --table.size;
      --size_;
      const uint32_t slots = table.bucket_count * kSlots;
      if (table.bucket_count > 1 && table.size * 100 < slots * kSparsePercent) shrink(hash);
      return;
    }
    if (++at == table.bucket_count) at = 0;
  }
  CHECK(false && "an erased slot is in the index");
}

void Index::replace(uint64_t hash, Location from, Location to) {
  Location* slot = find(hash, [from](Location location) { return location == from; });
  CHECK(slot != nullptr);
  *slot = to;
}

void Index::move_items(Table& from, const std::function<Table&(uint64_t)>& to) {
  const auto prefetch_bucket = [&](uint32_t i) {
    if (i >= from.bucket_count) return;
    const Bucket& bucket = from.buckets[i];
    for (size_t slot = 0; slot < kSlots; ++slot) {
      if (bucket.tags[slot] != 0) items_.prefetch(bucket.locations[slot]);
    }
  };
  prefetch_bucket(0);
  for (uint32_t i = 0; i < from.bucket_count; ++i) {
    prefetch_bucket(i + 1);
    const Bucket& bucket = from.buckets[i];
    for (size_t slot = 0; slot < kSlots; ++slot) {
      if (bucket.tags[slot] == 0) continue;
      const uint64_t hash = items_.hash_of(bucket.locations[slot]);
      place(to(hash), hash, bucket.locations[slot]);
    }
  }
}

bool Index::resize(size_t slot, uint32_t bucket_count) {
  Table& table = *directory_[slot];
  Table fresh;
  if (!allocate(fresh, bucket_count, table.depth)) return false;
  move_items(table, [&fresh](uint64_t) -> Table& { return fresh; });
  release(table);
  table = fresh;
  return true;
}

// Two tables for the two halves of a table's prefix; the directory doubles when it must.
bool Index::split(size_t slot) {
  Table& old = *directory_[slot];
  const uint32_t buckets = old.bucket_count * 55 / 100 + 1;
  Table low_part;
  Table high_part;
  if (!allocate(low_part, buckets, old.depth + 1)) return false;
  if (!allocate(high_part, buckets, old.depth + 1)) {
    release(low_part);
    return false;
  }
  if (old.depth == depth_) {
    std::vector<Table*> doubled;
    doubled.reserve(directory_.size() * 2);
    for (Table* table : directory_) doubled.insert(doubled.end(), {table, table});
    directory_ = std::move(doubled);
    ++depth_;
    slot *= 2;
  }
  const uint32_t bit = 63 - old.depth;
  move_items(
      old, [&](uint64_t hash) -> Table& { return (hash >> bit & 1) != 0 ? high_part : low_part; });
  const size_t span = size_t{1} << (depth_ - old.depth);
  const size_t first = slot / span * span;
  release(old);
  old = low_part;
  tables_.push_back(high_part);
  std::fill_n(directory_.begin() + static_cast<ptrdiff_t>(first + span / 2), span / 2,
              &tables_.back());
  return true;
}

bool Index::grow(uint64_t hash) {
  const size_t slot = directory_slot(hash);
  const Table& table = *directory_[slot];
  if (table.bucket_count < kBucketsMax || table.depth >= kDirectoryDepthMax) {
    return resize(slot, table.bucket_count + table.bucket_count / kGrowthDivisor + 1);
  }
  return split(slot);
}

void Index::shrink(uint64_t hash) {
  const size_t slot = directory_slot(hash);
  const Table& table = *directory_[slot];
  const uint32_t wanted = table.size * 100 / (uint32_t{kSlots} * kRefillPercent) + 1;
  if (wanted < table.bucket_count) resize(slot, wanted);
}

}  // namespace cachery::store
