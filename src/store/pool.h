// The memory of all caches of a node: extents of 4 KiB and more, given to shards and taken back
// whole, for records as for the tables and ghosts beside them: what the allocator of the process
// would keep goes back to the kernel.
//
// The idea: address space is not memory. One reservation many times larger than the memory is cut
// into power-of-two extents that are never merged or split, so there is no external fragmentation
// to fight; what is bounded is the pages that extents touch. A free extent keeps its pages up to a
// small bound, beyond it they go back to the kernel. Rejected: buddy merging and a compacting heap
// (both pay for what the page table gives for nothing).
//
// Extents belong to holders, one a shard (store/holding.h). When the caches of a node may hold more
// than its memory, a reserve is kept for the holders that are below their share
// (store/fair_share.h).
//
// An extent may be lent to a connection that receives a long value in it, and kept by the shard
// that stores the value. Lent extents have a budget beside that of the shards, so that a slow
// sender takes nothing from the caches.
//
// What is written full asks for huge pages (store/huge_blocks.h); a run or a small cache's table
// would make a huge page of one page, and does not.
//
// Any thread. Calls take a lock; shards make one per segment or table, not per item.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/block_source.h"
#include "base/error.h"
#include "store/huge_blocks.h"

namespace cachery::store {

class Holding;

enum class Pages : uint8_t { small, huge };

// A piece of the pool as its holder knows it.
struct Extent {
  char* data = nullptr;
  size_t bytes = 0;          // as asked for
  size_t touched_bytes = 0;  // from its start: the pages that may have been written
};

class Pool final : public BlockSource {
 public:
  static constexpr size_t kExtentBytesMin = HugeBlocks::kExtentBytesMin;
  static constexpr size_t kExtentBytesMax = 128u << 20;

  // `memory_bytes`: how many bytes of pages may be in use; `lent_bytes_max`: how many more may be
  // lent. Fails (exhausted) when the address space cannot be reserved.
  [[nodiscard]] static Result<std::unique_ptr<Pool>> open(uint64_t memory_bytes,
                                                          uint64_t lent_bytes_max = 0);
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Out of what may be lent, to be given back or kept by a Holding. Null: it is used up, or more
  // than kExtentBytesMax are asked for.
  char* lend(size_t bytes) override;
  void take_back(char* extent, size_t bytes) override;
  uint64_t bytes_left() const override { return lent_bytes_max_ - lent_bytes(); }

  uint64_t memory_bytes() const { return memory_bytes_; }
  // Bytes of pages handed out, of lent ones, and of free extents that kept theirs.
  uint64_t allocated_bytes() const;
  uint64_t lent_bytes() const;
  uint64_t kept_bytes() const;

  // Somebody was refused, or took from the reserve that is kept for those below their share.
  bool is_room_wanted() const { return is_room_wanted_.load(std::memory_order_relaxed); }
  // What must be given back by those above their share until the reserve is whole; 0: nothing.
  uint64_t bytes_lacking() const;
  // The housekeeper's answer: the highest level of all holders; the want is met if nothing lacks.
  void set_highest_level(double level);

 private:
  friend class Holding;

  static constexpr size_t kPageBytes = 4096;
  static constexpr size_t kClasses = 16;  // 4 KiB << 0 … 4 KiB << 15

  Pool(char* reserved, size_t reserved_bytes, uint64_t memory_bytes, uint64_t lent_bytes_max);

  // For Holding. An extent has 1 to kExtentBytesMax bytes and is page-aligned. Small pages cost
  // memory once they are touched. Huge ones are a wish: an extent of more than 1 MiB, or one that
  // the kernel has no huge page for, gets small ones.
  char* allocate(Holding& holding, const Extent& wanted, Pages pages);
  bool touch(Holding& holding, size_t more_bytes);
  void release(Holding& holding, const Extent& extent);
  bool keep_lent(Holding& holding, size_t bytes);
  bool would_give(const Holding& holding, size_t bytes);
  void entitle(Holding& holding, uint64_t bytes);

  static size_t class_of(size_t bytes);
  char* allocate_small(size_t pages_bytes, size_t extent_class);
  char* allocate_huge(size_t extent_class);
  bool has_room_for(const Holding& holding, size_t pages_bytes);
  uint64_t reserve_bytes() const;
  void count(Holding& holding, int64_t pages_bytes);
  void set(Holding& holding, uint64_t bytes, uint64_t entitled_bytes);
  void make_room_for(size_t pages_bytes);
  bool keeps_pages_of(const Extent& extent);
  void let_pages_go(const Extent& extent);
  uint64_t kept_bytes_max() const;

  // set at start
  char* const reserved_;
  const size_t reserved_bytes_;
  const uint64_t memory_bytes_;
  const uint64_t lent_bytes_max_;
  std::atomic<bool> is_room_wanted_{false};
  mutable std::mutex mutex_;
  // guarded by mutex_
  HugeBlocks huge_;  // the first part of what is reserved
  char* next_;       // of the rest
  uint64_t allocated_bytes_ = 0;
  uint64_t lent_bytes_ = 0;
  uint64_t entitled_bytes_ = 0;  // of all holders together
  uint64_t claimed_bytes_ = 0;   // likewise, or what each holds where that is more
  double highest_level_ = 0;
  uint64_t kept_bytes_ = 0;                         // of small pages
  std::array<std::vector<Extent>, kClasses> kept_;  // with pages, the latest last
  std::array<std::vector<char*>, kClasses> bare_;   // without
};

}  // namespace cachery::store
