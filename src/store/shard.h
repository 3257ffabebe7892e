// A part of one cache's items: index, log, order and accounting together. A single-threaded
// structure: who owns it brings the lock (command/shard_guard.h). It knows no protocol and no
// clock: `now` is seconds of the ItemClock, passed in.
//
// Accounting. A shard is charged the bytes of its live records, its index, its ghosts and its
// bookkeeping, and never holds more than its limit. Pages in segments that hold no live byte (dead
// records, unfilled ends) are not charged; they are bounded by 15 % (kSlackPercent): beyond 12 % of
// the live bytes each store (and compact_slack(), where none comes) goes on compacting one of the
// deadest segments, and beyond 15 % of the limit as many as are needed, before anything alive is
// evicted.
//
// Order. S3-FIFO on segments: new items enter a small queue, what was used there moves to the main
// queue when the tail reaches it, main is a FIFO that gives used items another round. Two ghosts
// remember what each queue evicted; a hit in one shifts the queues' share. What is used outlives
// what is not. Expired items go before any live one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/block_source.h"
#include "store/ghosts.h"
#include "store/holding.h"
#include "store/index.h"
#include "store/record.h"
#include "store/segments.h"

namespace cachery::store {

// An item that was found. Valid until the shard is next changed.
struct Found {
  Location location = 0;
  Record record;

  explicit operator bool() const { return static_cast<bool>(record); }
};

struct ShardCounters {
  uint64_t items_stored = 0;  // ever
  uint64_t evictions = 0;
  uint64_t expired = 0;
};

enum class Put : uint8_t { stored, out_of_memory };

class Shard {
 public:
  static constexpr uint32_t kSlackPercent = 15;

  // `hash_seed` as the hashes that are passed in were made with: see store/hash.h.
  Shard(Pool& pool, uint64_t hash_seed, uint64_t limit_bytes);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // The item, if it is there and has not expired; one that has is removed and counted.
  // `was_expired` tells a miss of that kind apart.
  Found find(uint64_t hash, std::string_view key, uint32_t now, bool* was_expired = nullptr);
  // It was used: outlives what was not.
  void note_use(const Found& item, uint32_t now);
  void set_expiry(const Found& item, uint32_t expiry);
  // A cas that no change of this shard had before.
  uint64_t next_cas() { return ++last_cas_; }

  // Stores, in place of what the key held. `value` must not lie in this shard. On out_of_memory the
  // old item is gone. `block`: an extent that the pool has lent and that holds the value, and not
  // the key; it may be taken where the value is long enough to have an extent of its own, which
  // then is not copied.
  // Its own small allocations end the process when they fail, rather than leave a part of it done.
  Put put(uint64_t hash, std::string_view key, std::string_view value, Record::Fields fields,
          uint32_t now, OfferedBlock* block = nullptr) noexcept;
  void remove(uint64_t hash, const Found& item);
  // Makes room for a record of so many bytes, which put() then finds. False: `work_max` of work did
  // not suffice, and there is more to be had by another call.
  bool find_room(size_t record_bytes, uint32_t now, uint64_t work_max);
  // Work done so far: bytes copied, and limits::kEvictionWork for each item that went.
  uint64_t work() const { return work_; }
  void count_work(uint64_t bytes) { work_ += bytes; }

  // Nothing is found any more; counters stay. The memory counts as held until it is freed: by
  // stores, which free as much as they take where the shard holds all that its limit entitles it
  // to, and by the caller of take_garbage.
  void flush();
  bool has_garbage() const { return !garbage_.empty(); }
  // Some extents of flushed contents, about `bytes_max`, which the caller gives back to holding()
  // without the shard's lock.
  std::vector<Extent> take_garbage(size_t bytes_max);

  // Holding more than a smaller limit is trimmed by trim() or by what is stored next, a bounded
  // number of items at a time.
  void set_limit(uint64_t limit_bytes);
  // Evicts until the limit is kept, at most `items_max`. True when there is more to do.
  bool trim(uint32_t now, size_t items_max);
  // Evicts until it holds `bytes` less, at most `items_max`: room for a cache that is further below
  // its share.
  void give_room(uint32_t now, uint64_t bytes, size_t items_max);
  // Removes what has expired by now, looking at about `records_max`, and goes on from there the
  // next time. True when there may be more. An item may be found late, by up to a third of the time
  // that its segment's expiries are spread over (store/expiry_bins.h); find() and eviction are
  // never.
  bool sweep_expired(uint32_t now, size_t records_max);
  // Keeps the bound of pages without live bytes where nothing is stored any more: copies about
  // `bytes_max` out of one of the deadest segments. True when there may be more to do.
  bool compact_slack(uint32_t now, size_t bytes_max);

  void prefetch_index(uint64_t hash) const;
  void prefetch_item(uint64_t hash) const;

  // Any thread.
  Holding& holding() { return holding_; }
  const Holding& holding() const { return holding_; }

  uint64_t limit_bytes() const { return limit_bytes_; }
  uint64_t charged_bytes() const;
  // Of those, the live records'.
  uint64_t item_bytes() const;
  uint64_t physical_bytes() const;
  uint64_t items() const;
  const ShardCounters& counters() const { return counters_; }
  // What the item costs: record and its share of the index.
  static size_t charge_of(const Record& record);
  // From about so many bytes on an item has an extent of its own in a shard of that limit.
  static size_t run_bytes_min(uint64_t limit_bytes);

 private:
  struct Contents;
  struct ContentsDeleter {
    void operator()(Contents* contents) const;
  };
  using OwnedContents = std::unique_ptr<Contents, ContentsDeleter>;

  // About: 6.4 bytes a slot, filled to four fifths.
  static constexpr size_t kIndexBytesOfItem = 8;

  struct NewItem {
    std::string_view key;
    std::string_view value;
    Record::Fields fields;
    size_t bytes;         // of the record
    OfferedBlock* block;  // that holds the value, or null
    char* place;          // in it, where the record can begin, or null
  };

  Contents& contents();
  char* place_in(const OfferedBlock& block, const char* value, size_t head_bytes,
                 size_t record_bytes) const;
  std::optional<Segments::Placed> append(Queue queue, const NewItem& item);
  std::optional<Segments::Placed> append_by_eviction(Queue queue, size_t record_bytes,
                                                     uint32_t expiry, uint32_t now);
  void rewrite(const Found& old, const NewItem& item);
  bool make_room(size_t record_bytes, uint32_t now);
  bool lacks_pages_for(size_t record_bytes) const;
  void pay_with_garbage(size_t record_bytes);
  size_t free_garbage(size_t bytes_max);
  bool is_over(size_t record_bytes) const;
  bool is_physically_over(uint64_t held_bytes, uint64_t live_bytes, uint64_t percent) const;
  // More dead bytes, with a record of so many, than are worth keeping.
  bool has_slack(size_t record_bytes) const;
  bool reclaim_one(uint32_t now);
  bool evict_one(Queue queue, uint32_t now);
  bool evict_oldest(Queue queue);
  bool compact(uint32_t now, size_t looked_at_max, size_t bytes_max);
  void move(const Segments::Placed& from, Queue to, uint32_t use_count);
  void evict(const Segments::Placed& item, Queue queue, uint64_t hash);
  void expire(const Segments::Placed& item);
  void adapt(Queue recalled, size_t record_bytes);
  uint64_t hash_of(std::string_view key) const;

  Holding holding_;
  const uint64_t hash_seed_;
  uint64_t limit_bytes_;
  uint64_t last_cas_ = 0;
  uint64_t work_ = 0;
  ShardCounters counters_;
  // Made with the first item, so that an unused cache costs next to nothing.
  OwnedContents contents_;
  std::vector<OwnedContents> garbage_;  // flushed, not freed yet
};

}  // namespace cachery::store
