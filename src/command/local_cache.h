// One cache on this node: its shards, what all its connections share, and its counters. Made when
// it is first used, so that a cache that nobody uses costs a row in the tenant table and nothing
// here. Kept alive by whoever uses it: a deleted cache goes when its last connection has gone.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "command/shard_guard.h"
#include "insight/observer.h"
#include "serve/executor.h"
#include "tenant/counters.h"
#include "tenant/node.h"

namespace cachery::command {

class LocalCache;

// A worker's hold on a LocalCache, which it keeps alive.
class LocalUse final : public serve::CacheUse {
 public:
  LocalUse(std::shared_ptr<LocalCache> cache, serve::CacheTraffic& traffic)
      : CacheUse(traffic), cache_(std::move(cache)) {}
  LocalCache& cache() { return *cache_; }
  size_t block_bytes_min() const override;

  insight::WorkerShare insight_share;  // this worker only

 private:
  std::shared_ptr<LocalCache> cache_;
};

class LocalCache {
 public:
  // `workers`: how many threads will use it at once, from which the number of shards follows.
  LocalCache(store::Pool& pool, uint64_t hash_seed, const tenant::Cache& settings, size_t workers);

  tenant::CacheId id() const { return id_; }
  void set_limits(const tenant::Limits& limits);

  GuardedShard& shard_of(uint64_t hash) {
    return shard_count_ == 1 ? *shards_[0] : *shards_[(hash * kSpread) >> shard_shift_];
  }
  size_t shard_count() const { return shard_count_; }

  // Everything is gone when it returns; tidy() and what is stored next give the memory back.
  void flush();
  // A later one replaces an earlier one.
  void flush_at(int64_t unix_seconds) { flush_at_.store(unix_seconds, std::memory_order_relaxed); }
  void flush_if_due(int64_t now) {
    const int64_t at = flush_at_.load(std::memory_order_relaxed);
    if (at != 0 && at <= now) flush_due(at);
  }

  // One slice of work that need not be done by a worker: what a smaller limit asks for, flushed
  // memory, expired items. True when there is more.
  bool tidy(uint32_t now);
  // How far the shard that is furthest above its fair share of the pool is above it, and the same
  // shard's memory for somebody who is below: see store/fair_share.h.
  double highest_level() const;
  void give_room(uint32_t now, uint64_t bytes);

  // Since the last reset, as clients see them.
  tenant::CounterValues counters() const;
  // Since it was first used: no reset takes them back.
  tenant::CounterValues lifetime_counters() const;
  void reset_counters();
  // How long requests took, since it was first used.
  tenant::CacheLatency latency() const;
  // Against its limit.
  uint64_t charged_bytes() const;

  serve::CacheTraffic& traffic() { return traffic_; }
  insight::Observer& observer() { return observer_; }
  // See serve::CacheUse.
  size_t block_bytes_min() const {
    return store::Shard::run_bytes_min(limit_bytes_.load(std::memory_order_relaxed) / shard_count_);
  }
  std::shared_ptr<LocalUse> use(const std::shared_ptr<LocalCache>& self, size_t worker);

 private:
  static constexpr uint64_t kSpread = 0x9e3779b97f4a7c15;

  void flush_due(int64_t at);
  bool free_garbage(GuardedShard& guarded);
  void add_shard_counters(tenant::CounterValues& values) const;
  // What a use counted outlives it.
  void retire(LocalUse* gone);

  // set at start
  const tenant::CacheId id_;
  size_t shard_count_;
  uint32_t shard_shift_;
  std::vector<std::unique_ptr<GuardedShard>> shards_;

  std::mutex flush_mutex_;  // held while a delayed flush fires
  std::atomic<int64_t> flush_at_{0};
  std::atomic<uint64_t> limit_bytes_{0};
  serve::CacheTraffic traffic_;
  insight::Observer observer_;

  mutable std::mutex mutex_;
  // guarded by mutex_
  std::vector<std::weak_ptr<LocalUse>> uses_;  // one a worker
  // Those whose counters are not in retired_ yet: longer than the weak pointers above live, so that
  // nobody reads a sum in which an ending use is missing.
  std::vector<LocalUse*> counted_;
  tenant::CounterValues retired_;  // of uses that have gone
  std::vector<tenant::FamilyLatency> retired_latency_;
  tenant::CounterValues baseline_;  // at the last reset
};

inline size_t LocalUse::block_bytes_min() const { return cache_->block_bytes_min(); }

}  // namespace cachery::command
