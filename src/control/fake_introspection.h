// For tests: an introspection that tells what it was given, cache by cache, and keeps which
// prefixes it was asked to watch. A cache that it was told nothing of has empty answers.
#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "tenant/introspection.h"

namespace cachery::control {

class FakeIntrospection final : public tenant::Introspection {
 public:
  struct Cache {
    std::vector<tenant::LoggedRequest> requests = {};
    tenant::PopularItems popular = {};
    std::map<std::string, tenant::KeyStats> keys = {};
    std::vector<tenant::PrefixStats> prefixes = {};
    tenant::MissRatioCurve curve = {};
    std::vector<std::string> watched = {};
  };

  // What it is to say, from now on.
  void set(tenant::CacheId id, Cache cache) {
    const std::lock_guard lock(mutex_);
    caches_[id] = std::move(cache);
  }
  void add_flush(tenant::ClientFlush flush) {
    const std::lock_guard lock(mutex_);
    flushes_.push_back(std::move(flush));
  }
  std::vector<std::string> watched(tenant::CacheId id) const { return of(id).watched; }

  Result<std::vector<tenant::LoggedRequest>> recent_requests(tenant::CacheId id) override {
    return of(id).requests;
  }
  Result<tenant::PopularItems> popular_items(tenant::CacheId id,
                                             std::optional<std::string> prefix) override {
    Cache cache = of(id);
    if (!prefix) return cache.popular;
    tenant::PopularItems items{.time_slice = cache.popular.time_slice};
    for (const tenant::PopularItem& item : cache.popular.hit_keys) {
      if (item.name.starts_with(*prefix)) items.hit_keys.push_back(item);
    }
    return items;
  }
  Result<tenant::KeyStats> key_stats(tenant::CacheId id, std::string_view key) override {
    return of(id).keys[std::string(key)];
  }
  Status watch_prefixes(tenant::CacheId id, std::vector<std::string> prefixes) override {
    const std::lock_guard lock(mutex_);
    caches_[id].watched = std::move(prefixes);
    return {};
  }
  Result<std::vector<tenant::PrefixStats>> prefix_stats(tenant::CacheId id) override {
    return of(id).prefixes;
  }
  Result<tenant::MissRatioCurve> miss_ratio_curve(tenant::CacheId id) override {
    return of(id).curve;
  }
  std::vector<tenant::ClientFlush> take_client_flushes() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(flushes_, {});
  }

 private:
  Cache of(tenant::CacheId id) const {
    const std::lock_guard lock(mutex_);
    const auto at = caches_.find(id);
    return at == caches_.end() ? Cache{} : at->second;
  }

  mutable std::mutex mutex_;
  std::map<tenant::CacheId, Cache> caches_;   // guarded by mutex_
  std::vector<tenant::ClientFlush> flushes_;  // guarded by mutex_
};

}  // namespace cachery::control
