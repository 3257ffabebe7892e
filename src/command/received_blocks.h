// Extents of the pool in which connections receive long values: the shard that stores such a value
// keeps the extent as it is. Bounded, so that who sends slowly cannot hold the memory of the
// caches; beyond the bound values are received elsewhere, and copied.
//
// Any thread.
#pragma once

#include <atomic>

#include "base/block_source.h"
#include "store/pool.h"

namespace cachery::command {

class ReceivedBlocks final : public BlockSource {
 public:
  // `bytes_max` of the pool's memory are theirs: it has as much more than its caches need.
  ReceivedBlocks(store::Pool& pool, uint64_t bytes_max) : pool_(pool), bytes_max_(bytes_max) {}

  char* allocate(size_t bytes) override {
    if (bytes > store::Pool::kExtentBytesMax) return nullptr;
    const uint64_t before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
    char* const block = before + bytes > bytes_max_ ? nullptr : pool_.allocate(bytes);
    if (block == nullptr) count_out(bytes);
    return block;
  }
  void release(char* block, size_t bytes) override {
    pool_.release(block, bytes);
    count_out(bytes);
  }
  void note_taken(size_t bytes) override { count_out(bytes); }

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  void count_out(size_t bytes) { bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

  store::Pool& pool_;
  const uint64_t bytes_max_;
  std::atomic<uint64_t> bytes_{0};  // that connections hold
};

}  // namespace cachery::command
