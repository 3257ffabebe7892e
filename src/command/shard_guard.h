// How a shard that several workers use is owned for the time of a request: a mutex. The
// alternative, one owner thread a shard and a message for everyone else, is decided here and
// nowhere else (docs/decisions). No system call is made while it is held.
#pragma once

#include <mutex>

#include "command/long_copy.h"
#include "store/shard.h"

namespace cachery::command {

// Apart by two cache lines, so that neighbours' locks do not share one.
struct alignas(128) GuardedShard {
  GuardedShard(store::Pool& pool, uint64_t hash_seed, uint64_t limit_bytes)
      : shard(pool, hash_seed, limit_bytes), long_copy(shard.holding()) {}

  mutable std::mutex mutex;
  // guarded by mutex
  store::Shard shard;
  LongCopy long_copy;
};

using ShardLock = std::unique_lock<std::mutex>;

}  // namespace cachery::command
