// Flushes that memcache clients asked for, on their way from the workers to the control plane,
// which keeps the flush log. The list is bounded and divided by cache: those of one credential are
// one entry with a count; a cache has a few entries, and when all are taken a cache that has more
// than the newcomer's gives one up. So a client that flushes without end hides nobody else's flush.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tenant/introspection.h"

namespace cachery::command {

class ClientFlushes {
 public:
  static constexpr size_t kOfCacheMax = 16;

  // Any thread, all of these; none waits for more than memory. An entry without room is dropped and
  // counted: the flush itself was done, and is in the log of events.
  void add(tenant::ClientFlush flush) {
    const std::lock_guard lock(mutex_);
    const auto cache = flush.cache;
    Entries& entries = by_cache_[cache];
    const auto same =
        std::ranges::find(entries, flush.credential, &tenant::ClientFlush::credential);
    if (same != entries.end()) {
      flush.times += same->times;
      *same = std::move(flush);
    } else if (entries.size() < kOfCacheMax && has_room_beside(entries)) {
      entries.push_back(std::move(flush));
      ++held_;
    } else {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      if (entries.empty()) by_cache_.erase(cache);
    }
  }
  std::vector<tenant::ClientFlush> take() {
    std::unordered_map<tenant::CacheId, Entries> taken;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(by_cache_);
      held_ = 0;
    }
    std::vector<tenant::ClientFlush> flushes;
    for (auto& [cache, entries] : taken) std::ranges::move(entries, std::back_inserter(flushes));
    std::ranges::sort(flushes, {}, &tenant::ClientFlush::unix_seconds);
    return flushes;
  }
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  using Entries = std::vector<tenant::ClientFlush>;

  // mutex_ is held. Takes the last entry of the cache that has most, if it has two more than
  // `entries`: else the two would take it from each other in turn.
  bool has_room_beside(const Entries& entries) {
    if (held_ < tenant::kClientFlushesHeldMax) return true;
    const auto most = std::ranges::max_element(
        by_cache_, {}, [](const auto& other) { return other.second.size(); });
    if (most->second.size() < entries.size() + 2) return false;
    most->second.pop_back();
    --held_;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }

  std::mutex mutex_;
  // guarded by mutex_
  std::unordered_map<tenant::CacheId, Entries> by_cache_;
  size_t held_ = 0;

  std::atomic<uint64_t> dropped_{0};
};

}  // namespace cachery::command
