#include "command/local_cache.h"

#include <algorithm>
#include <bit>

namespace cachery::command {
namespace {

using tenant::Counter;
using tenant::CounterKind;
using tenant::CounterValues;

// A shard smaller than this would hold too few segments for the order to be a good one.
constexpr uint64_t kShardBytesMin = 64u << 20;
// What one shard's 32-bit locations reach where each item has a segment of its own.
constexpr uint64_t kShardBytesMax = uint64_t{4} << 30;
constexpr size_t kShardsOfWorker = 4;
constexpr size_t kTrimItems = 512;
// Looked at for expired ones while nobody needs room: some ten microseconds.
constexpr size_t kSweepRecords = 1024;
constexpr size_t kCompactedBytes = 64u << 10;
// Flushed memory that is on its way to the pool belongs to nobody for a moment: little at a time.
constexpr size_t kGarbageBytes = 256u << 10;
constexpr size_t kGarbageSlices = 256;

// One worker needs no second shard: batches of one shard are answered fastest.
size_t shard_count_for(uint64_t limit_bytes, size_t workers) {
  const uint64_t fitting = std::max<uint64_t>(limit_bytes / kShardBytesMin, 1);
  const uint64_t wanted = workers == 1 ? 1 : workers * kShardsOfWorker;
  const uint64_t needed = limit_bytes / kShardBytesMax + 1;
  return std::bit_ceil(std::max(std::min(fitting, wanted), needed));
}

void add_counters(const LocalUse& use, CounterValues& values) {
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    values.values[i] += use.counters.get(static_cast<Counter>(i));
  }
}

void add_latency(const LocalUse& use, std::vector<tenant::FamilyLatency>& families) {
  for (size_t i = 0; i < tenant::kFamilyCount; ++i) {
    const auto family = static_cast<tenant::Family>(i);
    const serve::LatencyHistogram* histogram = use.latency.of(family);
    if (histogram == nullptr) continue;
    auto at = std::ranges::lower_bound(families, family, {}, &tenant::FamilyLatency::family);
    if (at == families.end() || at->family != family) at = families.insert(at, {family, {}});
    histogram->add_to(at->sums);
  }
}

}  // namespace

LocalCache::LocalCache(store::Pool& pool, uint64_t hash_seed, const tenant::Cache& settings,
                       size_t workers)
    : id_(settings.id),
      shard_count_(shard_count_for(settings.limits.memory_bytes, workers)),
      shard_shift_(static_cast<uint32_t>(64 - std::countr_zero(shard_count_))),
      observer_(settings.limits.memory_bytes),
      uses_(workers) {
  const uint64_t shard_bytes = settings.limits.memory_bytes / shard_count_;
  for (size_t i = 0; i < shard_count_; ++i) {
    shards_.push_back(std::make_unique<GuardedShard>(pool, hash_seed, shard_bytes));
  }
  set_limits(settings.limits);
}

void LocalCache::set_limits(const tenant::Limits& limits) {
  limit_bytes_.store(limits.memory_bytes, std::memory_order_relaxed);
  observer_.set_limit(limits.memory_bytes);
  traffic_.requests.set_per_second(limits.requests_per_second);
  traffic_.bytes.set_per_second(limits.bytes_per_second);
  for (const auto& guarded : shards_) {
    const std::lock_guard lock(guarded->mutex);
    guarded->shard.set_limit(limits.memory_bytes / shard_count_);
  }
}

void LocalCache::flush() {
  for (const auto& guarded : shards_) {
    const std::lock_guard lock(guarded->mutex);
    guarded->shard.flush();
  }
  observer_.clear_items();
}

void LocalCache::flush_due(int64_t at) {
  // Who comes meanwhile waits here, or would use a shard that has not been flushed yet.
  const std::lock_guard firing(flush_mutex_);
  if (flush_at_.load(std::memory_order_relaxed) != at) return;
  flush();
  flush_at_.store(0, std::memory_order_relaxed);
}

// A few pieces at a time: the kernel takes back pages without the shard's lock.
bool LocalCache::free_garbage(GuardedShard& guarded) {
  for (size_t slice = 0; slice < kGarbageSlices; ++slice) {
    std::vector<store::Extent> extents;
    {
      const std::lock_guard lock(guarded.mutex);
      if (!guarded.shard.has_garbage()) return false;
      extents = guarded.shard.take_garbage(kGarbageBytes);
    }
    for (const store::Extent& extent : extents) guarded.shard.holding().release(extent);
  }
  return true;
}

double LocalCache::highest_level() const {
  double level = 0;
  for (const auto& guarded : shards_) level = std::max(level, guarded->shard.holding().level());
  return level;
}

void LocalCache::give_room(uint32_t now, uint64_t bytes) {
  auto& highest =
      **std::max_element(shards_.begin(), shards_.end(), [](const auto& one, const auto& other) {
        return one->shard.holding().level() < other->shard.holding().level();
      });
  const std::lock_guard lock(highest.mutex);
  highest.shard.give_room(now, bytes, kTrimItems);
}

bool LocalCache::tidy(uint32_t now) {
  bool has_more = false;
  observer_.tidy(now);
  for (const auto& guarded : shards_) {
    has_more |= free_garbage(*guarded);
    const std::lock_guard lock(guarded->mutex);
    guarded->long_copy.tidy();
    has_more |= guarded->shard.trim(now, kTrimItems);
    has_more |= guarded->shard.sweep_expired(now, kSweepRecords);
    // No more than this a visit: where much is stored, what stores compact is enough.
    guarded->shard.compact_slack(now, kCompactedBytes);
  }
  return has_more;
}

std::shared_ptr<LocalUse> LocalCache::use(const std::shared_ptr<LocalCache>& self, size_t worker) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<LocalUse> use = uses_[worker].lock();
  if (use) return use;
  // What the last use of this worker counted is kept when it goes.
  use = std::shared_ptr<LocalUse>(new LocalUse(self, traffic_), [](LocalUse* gone) {
    gone->cache().retire(gone);
    delete gone;
  });
  uses_[worker] = use;
  counted_.push_back(use.get());
  return use;
}

void LocalCache::retire(LocalUse* gone) {
  const std::lock_guard lock(mutex_);
  std::erase(counted_, gone);
  add_counters(*gone, retired_);
  add_latency(*gone, retired_latency_);
}

tenant::CacheLatency LocalCache::latency() const {
  const std::lock_guard lock(mutex_);
  tenant::CacheLatency latency{.cache = id_, .families = retired_latency_};
  for (const LocalUse* use : counted_) add_latency(*use, latency.families);
  return latency;
}

void LocalCache::add_shard_counters(CounterValues& values) const {
  for (const auto& guarded : shards_) {
    const std::lock_guard lock(guarded->mutex);
    const store::ShardCounters& shard = guarded->shard.counters();
    values[Counter::total_items] += shard.items_stored;
    values[Counter::evictions] += shard.evictions;
    values[Counter::expired] += shard.expired;
    values[Counter::curr_items] += guarded->shard.items();
    values[Counter::bytes] += guarded->shard.charged_bytes();
  }
}

CounterValues LocalCache::lifetime_counters() const {
  CounterValues values;
  {
    const std::lock_guard lock(mutex_);
    values = retired_;
    for (const LocalUse* use : counted_) add_counters(*use, values);
  }
  add_shard_counters(values);
  values[Counter::limit_maxbytes] = limit_bytes_.load(std::memory_order_relaxed);
  values[Counter::curr_connections] = traffic_.connections.load(std::memory_order_relaxed);
  return values;
}

CounterValues LocalCache::counters() const {
  CounterValues values = lifetime_counters();
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    if (tenant::kCounters[i].kind == CounterKind::counter) values.values[i] -= baseline_.values[i];
  }
  return values;
}

uint64_t LocalCache::charged_bytes() const {
  uint64_t bytes = 0;
  for (const auto& guarded : shards_) {
    const std::lock_guard lock(guarded->mutex);
    bytes += guarded->shard.charged_bytes();
  }
  return bytes;
}

void LocalCache::reset_counters() {
  const CounterValues values = lifetime_counters();
  const std::lock_guard lock(mutex_);
  baseline_ = values;
}

}  // namespace cachery::command
