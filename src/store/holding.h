// What one shard holds of the node's pool: the extents of its log, index and ghosts, those of
// flushed contents included until they are freed. Everything that a shard allocates goes through
// it, so that the pool knows what each holder has beside what its limit entitles it to
// (store/fair_share.h).
//
// Any thread; the pool's lock guards the counts.
#pragma once

#include <atomic>
#include <cstdint>

#include "store/pool.h"

namespace cachery::store {

class Holding {
 public:
  // `entitled_bytes`: pages that the holder's limit lets it have.
  Holding(Pool& pool, uint64_t entitled_bytes);
  ~Holding();  // all of it has been given back
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;

  void set_entitled(uint64_t bytes);

  // See Pool::allocate. Null: the pool is used up, or keeps what is left for others.
  char* allocate(size_t bytes, Pages pages = Pages::small) {
    return allocate_in_part(bytes, bytes, pages);
  }
  // As allocate(), for an extent of small pages of which only the first `touched_bytes` will be
  // written until touch() says more: pages cost memory when they are first written.
  char* allocate_in_part(size_t bytes, size_t touched_bytes, Pages pages = Pages::small);
  // `more_bytes` of pages of an extent will be written too. False: as allocate().
  [[nodiscard]] bool touch(size_t more_bytes);
  void release(const Extent& extent);
  // Whether allocate() would give small pages for so many bytes now.
  bool has_room_for(size_t bytes) const;
  // A lent extent becomes the holder's. False: as allocate().
  [[nodiscard]] bool keep_lent(size_t bytes);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  uint64_t entitled_bytes() const { return entitled_bytes_.load(std::memory_order_relaxed); }
  double level() const;

 private:
  friend class Pool;

  Pool& pool_;
  // written under the pool's lock
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> entitled_bytes_{0};
};

}  // namespace cachery::store
