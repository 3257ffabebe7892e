// Extents of the pool in which connections receive long values: the shard that stores such a value
// keeps the extent as it is. What connections may hold is a budget of its own, so that who sends
// slowly takes nothing from the caches; beyond it values are received elsewhere, and copied.
//
// Any thread.
#pragma once

#include "base/block_source.h"
#include "store/pool.h"

namespace cachery::command {

class ReceivedBlocks final : public BlockSource {
 public:
  explicit ReceivedBlocks(store::Pool& pool) : pool_(pool) {}

  char* allocate(size_t bytes) override { return pool_.lend(bytes); }
  void release(char* block, size_t bytes) override { pool_.take_back(block, bytes); }

 private:
  store::Pool& pool_;
};

}  // namespace cachery::command
