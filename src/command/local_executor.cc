#include "command/local_executor.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "base/random.h"
#include "command/expiry.h"
#include "command/job.h"
#include "command/observe.h"
#include "store/hash.h"

namespace cachery::command {
namespace {

using protocol::Output;
using protocol::Request;
using protocol::Response;
using protocol::Verb;

// How many requests ahead an item is asked for; its index line was asked for when the request was
// parsed. Measured on batches over a million items (bench/session_cost).
constexpr size_t kItemAhead = 8;
// How many caches one round of housekeeping looks at: all of 20,000 within a second, at one percent
// of a core.
constexpr size_t kTidiedTogether = 4096;

LocalUse& local(serve::CacheUse& use) { return static_cast<LocalUse&>(use); }

// The credential may not: nothing is touched.
Response refusal_of(const Request& request) {
  const bool is_delete =
      request.verb == protocol::Verb::remove || request.verb == protocol::Verb::meta_delete;
  return {.outcome = is_delete ? protocol::Outcome::not_found : protocol::Outcome::refused};
}

// Cheap, for every request: whether long_store() may say so.
bool may_be_long(const Request& request) {
  return request.value.size() >= limits::kLongRecordBytes / 2 || request.verb == Verb::append ||
         request.verb == Verb::prepend ||
         (request.verb == Verb::meta_set && (request.mode == 'A' || request.mode == 'P'));
}

// A part of what a long value asks for: room, then a copy where one is needed. False: the turn's
// work did not suffice. What was evicted stays evicted, so each turn comes nearer.
bool prepare_long(Job& job, LongCopy& copy, const serve::TurnShare& spent, uint64_t now_ns) {
  LongStore wanted = long_store(job);
  if (wanted.record_bytes == 0) return true;
  const uint64_t work_before = job.shard.work();
  const size_t work_max = spent.work_max - std::min(spent.work, spent.work_max);
  if (!job.shard.find_room(wanted.record_bytes, job.now, work_max)) return false;
  if (!wanted.is_copied_in_parts) return true;
  const uint64_t found_work = job.shard.work() - work_before;
  const size_t bytes_max = work_max - std::min<uint64_t>(found_work, work_max);
  wanted.source.ticket = spent.ticket;
  switch (copy.advance(wanted.source, now_ns, bytes_max)) {
    case LongCopy::Progress::whole:
      job.copied = &copy;
      return true;
    case LongCopy::Progress::no_memory:
      return true;  // the store itself says so
    case LongCopy::Progress::goes_on:
      break;
  }
  job.shard.count_work(bytes_max);
  return false;
}

// The one shard that is locked at a time: requests that follow each other on it share the lock.
class HeldShard {
 public:
  store::Shard& hold(GuardedShard& guarded) {
    if (&guarded != held_) {
      if (lock_.owns_lock()) lock_.unlock();
      lock_ = ShardLock(guarded.mutex);
      held_ = &guarded;
    }
    return guarded.shard;
  }

  void release() {
    if (lock_.owns_lock()) lock_.unlock();
    held_ = nullptr;
  }

  // A shard that another worker holds is not waited for: that would cost more than a hint saves.
  template <typename Hint>
  void hint(GuardedShard& guarded, Hint hint) const {
    if (&guarded == held_) return hint(guarded.shard);
    const ShardLock lock(guarded.mutex, std::try_to_lock);
    if (lock) hint(guarded.shard);
  }

 private:
  GuardedShard* held_ = nullptr;
  ShardLock lock_;
};

// Shards that are only asked to fetch. One that another worker holds is not waited for: that would
// cost more than a hint saves.
class HintedShard {
 public:
  const store::Shard* try_hold(GuardedShard& guarded) {
    if (&guarded != tried_) {
      if (lock_.owns_lock()) lock_.unlock();
      lock_ = ShardLock(guarded.mutex, std::try_to_lock);
      tried_ = &guarded;
    }
    return lock_.owns_lock() ? &guarded.shard : nullptr;
  }

 private:
  GuardedShard* tried_ = nullptr;
  ShardLock lock_;
};

}  // namespace

LocalExecutor::LocalExecutor(store::Pool& pool, const ExecutorSettings& settings)
    : pool_(pool), settings_(settings), item_clock_(settings.started), hash_seed_(random_u64()) {}

void LocalExecutor::apply(std::shared_ptr<const tenant::TenantTable> table) {
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
  for (auto at = caches_.begin(); at != caches_.end();) {
    const tenant::Cache* settings = table_->find_cache(at->first);
    if (settings == nullptr) {
      gone_.push_back(std::move(at->second));
      at = caches_.erase(at);
    } else {
      at->second->set_limits(settings->limits);
      // Items wait, in case it is enabled or restored; what was learned of them is learned again.
      if (!settings->is_enabled) at->second->observer().rest();
      ++at;
    }
  }
}

std::shared_ptr<LocalCache> LocalExecutor::find(tenant::CacheId id) {
  const std::lock_guard lock(mutex_);
  if (const auto at = caches_.find(id); at != caches_.end()) return at->second;
  const tenant::Cache* settings = table_ ? table_->find_cache(id) : nullptr;
  if (settings == nullptr) return nullptr;
  auto made = std::make_shared<LocalCache>(pool_, hash_seed_, *settings, settings_.workers);
  caches_.emplace(id, made);
  return made;
}

std::shared_ptr<LocalCache> LocalExecutor::find_used(tenant::CacheId id) const {
  const std::lock_guard lock(mutex_);
  const auto at = caches_.find(id);
  return at == caches_.end() ? nullptr : at->second;
}

bool LocalExecutor::knows(tenant::CacheId id) const {
  const std::lock_guard lock(mutex_);
  return table_ != nullptr && table_->find_cache(id) != nullptr;
}

uint64_t LocalExecutor::hash(std::string_view key) const {
  return store::hash_key(key, hash_seed_);
}

std::vector<std::shared_ptr<LocalCache>> LocalExecutor::used_caches() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<LocalCache>> caches;
  caches.reserve(caches_.size());
  for (const auto& [id, cache] : caches_) caches.push_back(cache);
  return caches;
}

bool LocalExecutor::tidy(const Now& time) {
  const auto now = static_cast<uint32_t>(item_clock_.seconds(time));
  std::vector<std::shared_ptr<LocalCache>> unused;  // freed outside the lock
  std::vector<std::shared_ptr<LocalCache>> gone;
  {
    const std::lock_guard lock(mutex_);
    // No user comes back to a cache that the directory does not have.
    const auto used_end = std::partition(gone_.begin(), gone_.end(),
                                         [](const auto& cache) { return cache.use_count() > 1; });
    std::move(used_end, gone_.end(), std::back_inserter(unused));
    gone_.erase(used_end, gone_.end());
    gone = gone_;
  }
  bool has_more = false;
  for (const auto& cache : gone) {
    cache->flush();
    has_more |= cache->tidy(now);
  }
  std::vector<std::shared_ptr<LocalCache>> busy;
  for (auto& cache : next_to_tidy()) {
    if (cache->tidy(now)) busy.push_back(std::move(cache));
  }
  has_more |= !busy.empty();
  has_more |= divide_memory(now);
  const std::lock_guard lock(mutex_);
  busy_ = std::move(busy);
  return has_more;
}

// Limits may promise more than there is. Where somebody went without, whoever is furthest above its
// share gives some up, until what is kept for those below their share is whole again.
bool LocalExecutor::divide_memory(uint32_t now) {
  if (!pool_.is_room_wanted()) return false;
  std::shared_ptr<LocalCache> highest;
  double level = 0;
  std::vector<std::shared_ptr<LocalCache>> caches;
  {
    const std::lock_guard lock(mutex_);
    caches = gone_;
    take_next(measured_, caches);
  }
  for (const auto& cache : caches) {
    const double its_level = cache->highest_level();
    if (its_level <= level) continue;
    level = its_level;
    highest = cache;
  }
  round_level_ = std::max(round_level_, level);
  pool_.set_highest_level(round_level_);
  if (measured_.is_complete) round_level_ = 0;
  const uint64_t lacking = pool_.bytes_lacking();
  if (highest == nullptr || lacking == 0) return false;
  highest->give_room(now, lacking);
  return true;
}

// Those that were not done the last time, and some of the others in turn.
std::vector<std::shared_ptr<LocalCache>> LocalExecutor::next_to_tidy() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<LocalCache>> caches = std::exchange(busy_, {});
  take_next(tidied_, caches);
  return caches;
}

// Under mutex_.
void LocalExecutor::take_next(Round& round, std::vector<std::shared_ptr<LocalCache>>& to) const {
  const size_t buckets = caches_.bucket_count();
  const size_t buckets_max = std::min(buckets, 4 * kTidiedTogether);
  round.is_complete = false;
  for (size_t i = 0; i < buckets_max && to.size() < kTidiedTogether; ++i) {
    round.bucket = (round.bucket + 1) % buckets;
    round.is_complete |= round.bucket == 0;
    for (auto at = caches_.cbegin(round.bucket); at != caches_.cend(round.bucket); ++at) {
      to.push_back(at->second);
    }
  }
}

std::shared_ptr<serve::CacheUse> LocalExecutor::use(tenant::CacheId id, size_t worker) {
  const std::shared_ptr<LocalCache> cache = find(id);
  return cache ? cache->use(cache, worker) : nullptr;
}

void LocalExecutor::prepare(serve::CacheUse& use, std::span<Request> batch, size_t first) {
  LocalCache& cache = local(use).cache();
  for (size_t i = first; i < batch.size(); ++i) {
    batch[i].hash = store::hash_key(batch[i].key, hash_seed_);
  }
  if (batch.size() == 1) return;  // a request alone was looked ahead to by its connection
  HintedShard hinted;
  for (size_t i = first; i < batch.size(); ++i) {
    const auto* shard = hinted.try_hold(cache.shard_of(batch[i].hash));
    if (shard != nullptr) shard->prefetch_index(batch[i].hash);
  }
}

size_t LocalExecutor::execute(serve::CacheUse& use, std::span<const Request> requests,
                              const Now& now, Output& out) {
  LocalCache& cache = local(use).cache();
  const auto now_seconds = static_cast<uint32_t>(item_clock_.seconds(now));
  const int64_t wall_ahead = item_clock_.wall_ahead(now);
  cache.flush_if_due(now_seconds);
  std::string scratch;
  insight::Lens lens(cache.observer(), local(use).insight_share, requests.size(), now);
  HeldShard held;
  const auto fetch_item = [&](size_t i) {
    if (i >= requests.size()) return;
    const uint64_t hash = requests[i].hash;
    held.hint(cache.shard_of(hash), [=](const store::Shard& shard) { shard.prefetch_item(hash); });
  };
  // A request alone was looked ahead to by its connection.
  if (requests.size() > 1) {
    held.hold(cache.shard_of(requests[0].hash));
    for (size_t i = 0; i < kItemAhead; ++i) fetch_item(i);
  }
  serve::TurnShare& spent = use.spent(now.steady_ns);
  size_t done = 0;
  while (done < requests.size()) {
    const Request& request = requests[done];
    fetch_item(done + kItemAhead);
    const uint64_t hash = request.hash;
    Response response;
    LongCopy* copied = nullptr;
    if (request.is_refused) {
      response = refusal_of(request);
    } else {
      GuardedShard& guarded = cache.shard_of(hash);
      store::Shard& shard = held.hold(guarded);
      const uint64_t work_before = shard.work();
      Job job{request, hash, shard, use.counters, now_seconds, wall_ahead, settings_.item_bytes_max,
              scratch};
      const bool may_store =
          !may_be_long(request) || prepare_long(job, guarded.long_copy, spent, now.steady_ns);
      if (may_store) response = handler_of(request.verb)(job);
      copied = job.copied;
      const uint64_t work = shard.work() - work_before;
      spent.work += work - std::min<uint64_t>(work, request.value.size());
      if (!may_store) break;
    }
    compose(request, response, out);
    if (copied != nullptr) [[unlikely]]
      copied->drop();
    if (lens.wants(hash)) [[unlikely]]
      lens.note(event_of(request, response, hash, now_seconds, wall_ahead));
    ++done;
    if (out.size() >= limits::kReplyFlushBytes || spent.work >= spent.work_max) break;
  }
  if (lens.has_events()) [[unlikely]] {
    held.release();
    lens.hand_over(reads_of(use.counters), now_seconds);
  }
  if (pool_.is_room_wanted()) [[unlikely]] {
    held.release();
    settings_.wake_housekeeper();
  }
  return done;
}

uint64_t LocalExecutor::look_ahead(serve::CacheUse& use, std::string_view key) {
  const uint64_t hash = store::hash_key(key, hash_seed_);
  HintedShard hinted;
  const auto* shard = hinted.try_hold(local(use).cache().shard_of(hash));
  if (shard != nullptr) shard->prefetch_index(hash);
  return hash;
}

void LocalExecutor::fetch_ahead(serve::CacheUse& use, uint64_t hash) {
  HintedShard hinted;
  const auto* shard = hinted.try_hold(local(use).cache().shard_of(hash));
  if (shard != nullptr) shard->prefetch_item(hash);
}

void LocalExecutor::flush(serve::CacheUse& use, int64_t exptime, const Now& now) {
  LocalCache& cache = local(use).cache();
  use.counters.add(tenant::Counter::cmd_flush);
  if (exptime <= 0) {
    cache.flush_at(0);
    cache.flush();
    settings_.wake_housekeeper();
    return;
  }
  cache.flush_at(expiry_of(exptime, static_cast<uint32_t>(item_clock_.seconds(now)),
                           item_clock_.wall_ahead(now)));
}

void LocalExecutor::note_flush(serve::CacheUse& use, std::string_view credential,
                               std::string_view address, const Now& now) {
  client_flushes_.add({.cache = local(use).cache().id(),
                       .unix_seconds = now.unix_seconds,
                       .credential = std::string(credential),
                       .address = std::string(address)});
}

tenant::CounterValues LocalExecutor::counters(serve::CacheUse& use) {
  return local(use).cache().counters();
}

void LocalExecutor::reset_counters(serve::CacheUse& use) { local(use).cache().reset_counters(); }

}  // namespace cachery::command
