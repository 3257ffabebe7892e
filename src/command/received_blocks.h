// Extents of the pool in which connections receive long values: the shard that stores such a value
// keeps the extent as it is. Bounded, so that who sends slowly cannot hold the memory of the
// caches; beyond the bound values are received elsewhere, and copied.
//
// Any thread.
#pragma once

#include <algorithm>
#include <atomic>

#include "base/block_source.h"
#include "store/pool.h"

namespace cachery::command {

class ReceivedBlocks final : public BlockSource {
 public:
  explicit ReceivedBlocks(store::Pool& pool)
      : pool_(pool), bytes_max_(std::min(kBytesMax, pool.memory_bytes() / kOfMemory)) {}

  char* allocate(size_t bytes) override {
    if (bytes > store::Pool::kExtentBytesMax) return nullptr;
    const uint64_t before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
    char* const block = before + bytes > bytes_max_ ? nullptr : pool_.allocate(bytes);
    if (block == nullptr) note_taken(bytes);
    return block;
  }
  void release(char* block, size_t bytes) override {
    pool_.release(block, bytes);
    note_taken(bytes);
  }
  void note_taken(size_t bytes) override { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint64_t kBytesMax = 128u << 20;
  static constexpr uint64_t kOfMemory = 16;

  store::Pool& pool_;
  const uint64_t bytes_max_;
  std::atomic<uint64_t> bytes_{0};  // that connections hold
};

}  // namespace cachery::command
