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
// An extent may be lent to a connection that receives a long value in it, and kept by the shard
// that stores the value. What is lent has a budget beside that of the shards: who sends slowly
// takes nothing from the caches.
//
// What is written full asks for huge pages (store/huge_blocks.h); a run or a small cache's table
// would make a huge page of one page, and does not.
//
// Any thread. Calls take a lock; shards make one per segment or table, not per item.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/block_source.h"
#include "base/error.h"
#include "store/huge_blocks.h"

namespace cachery::store {

enum class Pages : uint8_t { small, huge };

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

  // `bytes` (1 to kExtentBytesMax); null when the pool is used up. 4 KiB aligned. Of small pages
  // only those that are written cost memory. Huge ones are a wish: an extent of more than 1 MiB, or
  // one that the kernel has no huge page for, gets small ones.
  char* allocate(size_t bytes, Pages pages = Pages::small);
  // With the same `bytes` as it was allocated with, or lent and kept.
  void release(char* extent, size_t bytes);

  // As allocate() and release(), out of what may be lent; null as well for more than
  // kExtentBytesMax.
  char* lend(size_t bytes) override;
  void take_back(char* extent, size_t bytes) override;
  // A lent extent of `bytes` is to be an allocated one. False: the memory is used up.
  [[nodiscard]] bool keep_lent(size_t bytes);

  uint64_t memory_bytes() const { return memory_bytes_; }
  // Bytes of pages handed out, of lent ones, and of free extents that kept theirs.
  uint64_t allocated_bytes() const;
  uint64_t lent_bytes() const;
  uint64_t kept_bytes() const;

 private:
  static constexpr size_t kPageBytes = 4096;
  static constexpr size_t kClasses = 16;  // 4 KiB << 0 … 4 KiB << 15

  struct FreeExtent {
    char* data;
    size_t touched_bytes;
  };

  Pool(char* reserved, size_t reserved_bytes, uint64_t memory_bytes, uint64_t lent_bytes_max);

  static size_t class_of(size_t bytes);
  char* allocate_small(size_t pages_bytes, size_t extent_class);
  char* allocate_huge(size_t extent_class);
  bool has_room_for(size_t pages_bytes) const {
    return allocated_bytes_ + pages_bytes <= memory_bytes_;
  }
  void make_room_for(size_t pages_bytes);
  bool keeps_pages_of(char* extent, size_t bytes);
  void let_pages_go(char* extent, size_t bytes);
  uint64_t kept_bytes_max() const;

  // set at start
  char* const reserved_;
  const size_t reserved_bytes_;
  const uint64_t memory_bytes_;
  const uint64_t lent_bytes_max_;
  mutable std::mutex mutex_;
  // guarded by mutex_
  HugeBlocks huge_;  // the first part of what is reserved
  char* next_;       // of the rest
  uint64_t allocated_bytes_ = 0;
  uint64_t lent_bytes_ = 0;
  uint64_t kept_bytes_ = 0;                             // of small pages
  std::array<std::vector<FreeExtent>, kClasses> kept_;  // with pages, the latest last
  std::array<std::vector<char*>, kClasses> bare_;       // without
};

}  // namespace cachery::store
