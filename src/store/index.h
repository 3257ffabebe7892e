// Key hash -> where the item lies, in 6 bytes a slot: a 16-bit tag, so that a miss rarely touches
// an item, and a 32-bit location.
//
// The idea: one cache line is a bucket of ten slots; a few hundred buckets are a table with linear
// probing and a count of what probed past each bucket, so that a search ends at the first bucket
// nothing passed. Tables hang on a directory of hash prefixes (extendible hashing) and each grows
// by a fifth on its own: the work is bounded by one table (some 2,500 items, tens of microseconds)
// and memory stays above 70 % full at every size, where doubling one array would swing between 45 %
// and 90 % and stall. Tables shrink likewise.
//
// Tables lie in extents of the pool, so that what a shift of sizes frees goes back to the kernel:
// with malloc a cache of 1 GiB kept 100 MB of dead tables.
//
// One thread at a time. A location is opaque here; the owner's `Items` give the hash back when a
// table is rebuilt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "base/prefetch.h"
#include "store/holding.h"

namespace cachery::store {

class Index {
 public:
  using Location = uint32_t;
  // What the index asks its owner about an item.
  struct Items {
    std::function<uint64_t(Location)> hash_of;
    std::function<void(Location)> prefetch;  // before hash_of
  };

  Index(Holding& holding, Items items) : holding_(holding), items_(std::move(items)), tables_(1) {
    directory_.push_back(&tables_.front());
  }
  // For an owner that can only say it once it lies where it will stay.
  void set_items(Items items) { items_ = std::move(items); }
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  // The slot's location for which `is_match(location)` holds, or null. Valid until the next change.
  template <typename Match>
  Location* find(uint64_t hash, Match is_match);
  // False when no slot is left and the pool has no memory for another.
  [[nodiscard]] bool insert(uint64_t hash, Location location);
  // The slot must be there.
  void erase(uint64_t hash, Location location);
  void replace(uint64_t hash, Location from, Location to);

  void prefetch(uint64_t hash) const;
  // Calls visit(location) for slots whose tag fits: what a prefetch of items wants to know.
  template <typename Visit>
  void for_each_candidate(uint64_t hash, Visit visit) const;

  // Takes the index apart once nobody will ask it any more: see Ghosts::take_extents.
  bool take_extents(size_t bytes_max, std::vector<Extent>& to);

  size_t size() const { return size_; }
  // Bytes of tables and directory.
  size_t bytes() const {
    return bytes_ + tables_.size() * sizeof(Table) + directory_.size() * sizeof(Table*);
  }

 private:
  static constexpr size_t kSlots = 10;

  struct alignas(64) Bucket {
    uint16_t tags[kSlots];  // 0: free
    uint16_t passed;        // items of earlier buckets that lie further on
    uint16_t unused;
    Location locations[kSlots];
  };
  static_assert(sizeof(Bucket) == 64);

  struct Table {
    Bucket* buckets = nullptr;  // an extent of the pool
    uint32_t bucket_count = 0;
    uint32_t size = 0;
    uint32_t depth = 0;  // bits of the hash prefix that its items share
  };

  static uint16_t tag_of(uint64_t hash) {
    const auto tag = static_cast<uint16_t>(hash);
    return tag == 0 ? uint16_t{1} : tag;
  }
  static uint32_t bucket_of(uint64_t hash, uint32_t count) {
    return static_cast<uint32_t>((hash >> 16 & 0xffffffff) * count >> 32);
  }
  size_t directory_slot(uint64_t hash) const { return depth_ == 0 ? 0 : hash >> (64 - depth_); }
  Table& table_of(uint64_t hash) const { return *directory_[directory_slot(hash)]; }
  static uint32_t match_mask(const Bucket& bucket, uint16_t tag);

  bool allocate(Table& table, uint32_t bucket_count, uint32_t depth);
  static Extent extent_of(const Table& table);
  void release(Table& table);
  void place(Table& table, uint64_t hash, Location location);
  void move_items(Table& from, const std::function<Table&(uint64_t)>& to);
  bool resize(size_t slot, uint32_t bucket_count);
  bool split(size_t slot);
  bool grow(uint64_t hash);
  void shrink(uint64_t hash);

  Holding& holding_;
  Items items_;
  std::deque<Table> tables_;       // never fewer, so that they stay where they are
  std::vector<Table*> directory_;  // 2^depth_ pointers into tables_
  uint32_t depth_ = 0;
  size_t size_ = 0;
  size_t bytes_ = 0;  // of buckets
};

template <typename Match>
Index::Location* Index::find(uint64_t hash, Match is_match) {
  Table& table = table_of(hash);
  const uint16_t tag = tag_of(hash);
  uint32_t at = bucket_of(hash, table.bucket_count);
  for (uint32_t probed = 0; probed < table.bucket_count; ++probed) {
    Bucket& bucket = table.buckets[at];
    for (uint32_t mask = match_mask(bucket, tag); mask != 0; mask &= mask - 1) {
      Location& location = bucket.locations[static_cast<uint32_t>(__builtin_ctz(mask))];
      if (is_match(location)) return &location;
    }
    if (bucket.passed == 0) return nullptr;
    if (++at == table.bucket_count) at = 0;
  }
  return nullptr;
}

template <typename Visit>
void Index::for_each_candidate(uint64_t hash, Visit visit) const {
  const Table& table = table_of(hash);
  if (table.bucket_count == 0) return;
  const Bucket& bucket = table.buckets[bucket_of(hash, table.bucket_count)];
  for (uint32_t mask = match_mask(bucket, tag_of(hash)); mask != 0; mask &= mask - 1) {
    visit(bucket.locations[static_cast<uint32_t>(__builtin_ctz(mask))]);
  }
}

inline void Index::prefetch(uint64_t hash) const {
  const Table& table = table_of(hash);
  if (table.bucket_count == 0) return;
  cachery::prefetch(&table.buckets[bucket_of(hash, table.bucket_count)]);
}

}  // namespace cachery::store

#include "store/index_match.h"
