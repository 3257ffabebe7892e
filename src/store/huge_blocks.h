// Blocks of 2 MiB of address space that ask the kernel for huge pages, each cut into extents of one
// size: the log segments and index tables of large caches, for which the CPU then translates 512
// times as many addresses by one entry.
//
// The idea: a huge page is there as a whole with its first touched byte. So an extent comes from a
// block that is in use already, a new block is begun only when all of its size are full, and one
// that has become empty goes back whole, for any size. Rejected: huge pages for all extents of the
// pool, which cost a quarter more memory after values' sizes have shifted (bench/churn).
//
// One thread at a time: the Pool's lock.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cachery::store {

class HugeBlocks {
 public:
  static constexpr size_t kBlockBytes = 2u << 20;
  static constexpr size_t kExtentBytesMin = 4u << 10;
  static constexpr size_t kExtentBytesMax = kBlockBytes / 2;

  HugeBlocks() = default;
  // Address space, both ends on a block's edge.
  HugeBlocks(char* begin, char* end);

  bool owns(const char* extent) const { return extent >= begin_ && extent < end_; }
  // An extent of `extent_bytes`, a power of two; null when the address space is used up.
  char* take(size_t extent_bytes);
  void give_back(char* extent, size_t extent_bytes);

  // Of pages that no extent in use has and the kernel has not got back.
  size_t kept_bytes() const { return kept_bytes_; }
  // Gives them back until no more than `kept_bytes_max` are left.
  void trim(size_t kept_bytes_max);

 private:
  static constexpr size_t kClasses = 9;  // 4 KiB << 0 … 4 KiB << 8
  static constexpr size_t kExtentsMax = kBlockBytes / kExtentBytesMin;
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Block {
    std::bitset<kExtentsMax> free = {};
    std::bitset<kExtentsMax> bare = {};  // of those that are free: without pages
    uint32_t extent_bytes = 0;           // 0: cut for no size
    uint32_t used = 0;
    uint32_t next = kNone;  // of those that have a free extent of that size, or of the empty ones
    uint32_t previous = kNone;
  };

  static size_t class_of(size_t extent_bytes);
  size_t extent_count(const Block& block) const { return kBlockBytes / block.extent_bytes; }
  char* data_of(uint32_t id) const { return begin_ + id * kBlockBytes; }
  uint32_t open_block(size_t extent_bytes);
  void link(uint32_t& list, uint32_t id);
  void unlink(uint32_t& list, uint32_t id);
  void strip(uint32_t id);
  void empty(uint32_t id);

  char* begin_ = nullptr;
  char* end_ = nullptr;
  std::vector<Block> blocks_;  // that were ever used
  std::array<uint32_t, kClasses> partial_{};
  uint32_t empty_with_pages_ = kNone;
  uint32_t empty_bare_ = kNone;
  size_t kept_bytes_ = 0;
};

}  // namespace cachery::store
