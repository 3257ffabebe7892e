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
// Any thread. Calls take a lock; shards make one per segment or table, not per item.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.h"

namespace cachery::store {

class Pool {
 public:
  static constexpr size_t kExtentBytesMin = 4u << 10;
  static constexpr size_t kExtentBytesMax = 128u << 20;

  // `memory_bytes`: how many bytes of pages may be in use or kept. Fails (exhausted) when the
  // address space cannot be reserved.
  [[nodiscard]] static Result<std::unique_ptr<Pool>> open(uint64_t memory_bytes);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // `bytes` (1 to kExtentBytesMax) of which only the pages that are written cost memory; null when
  // the pool is used up. 4 KiB aligned.
  char* allocate(size_t bytes);
  // With the same `bytes` as it was allocated with.
  void release(char* extent, size_t bytes);

  uint64_t memory_bytes() const { return memory_bytes_; }
  // Bytes of pages handed out, and of free extents that kept theirs.
  uint64_t allocated_bytes() const;
  uint64_t kept_bytes() const;

 private:
  static constexpr size_t kPageBytes = 4096;
  static constexpr size_t kClasses = 16;  // 4 KiB << 0 … 4 KiB << 15

  struct FreeExtent {
    char* data;
    size_t touched_bytes;
  };

  Pool(char* base, size_t reserved_bytes, uint64_t memory_bytes)
      : base_(base), next_(base), reserved_bytes_(reserved_bytes), memory_bytes_(memory_bytes) {}

  static size_t class_of(size_t bytes);
  bool make_room_for(size_t pages_bytes);
  uint64_t kept_bytes_max() const;

  // set at start
  char* const base_;
  mutable std::mutex mutex_;
  // guarded by mutex_
  char* next_;
  const size_t reserved_bytes_;
  const uint64_t memory_bytes_;
  uint64_t allocated_bytes_ = 0;
  uint64_t kept_bytes_ = 0;
  std::array<std::vector<FreeExtent>, kClasses> kept_;  // with pages, the latest last
  std::array<std::vector<char*>, kClasses> bare_;       // without
};

}  // namespace cachery::store
