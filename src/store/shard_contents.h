// What a shard holds while it holds anything: log, index, ghosts and the queues' shares. Included
// by the sources of Shard alone: shard.cc (items) and shard_reclaim.cc (making room).
#pragma once

#include "store/ghosts.h"
#include "store/index.h"
#include "store/segments.h"
#include "store/shard.h"

namespace cachery::store {

struct Shard::Contents {
  // The small queue's share of the limit, in 1/1000.
  static constexpr uint64_t kSmallShareStart = 100;

  Contents(Holding& holding, uint64_t limit_bytes, uint32_t segment_bytes)
      : segments(holding, segment_bytes), index(holding, {}), ghosts(holding, limit_bytes) {}

  // Of pages: extents of the index are rounded up to them, which is not counted.
  uint64_t physical_bytes() const {
    return segments.physical_bytes() + index.bytes() + ghosts.bytes();
  }

  // Takes flushed contents apart: see Ghosts::take_extents.
  bool take_extents(size_t bytes_max, std::vector<Extent>& to) {
    return segments.take_extents(bytes_max, to) || index.take_extents(bytes_max, to) ||
           ghosts.take_extents(bytes_max, to);
  }

  Segments segments;
  Index index;
  Ghosts ghosts;
  uint64_t small_share = kSmallShareStart;
  int64_t small_debt = 0;  // bytes by which the share should move, below one step
};

}  // namespace cachery::store
