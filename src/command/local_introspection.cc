#include "command/local_introspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cachery::command {
namespace {

uint64_t whole(double value) { return static_cast<uint64_t>(std::llround(std::max(value, 0.0))); }

// An item as it lies in the cache now. A look: nothing of its order changes.
struct Seen {
  bool is_there = false;
  uint64_t value_bytes = 0;
  uint64_t charged_bytes = 0;
};

Seen look_at(LocalCache& cache, uint64_t hash, std::string_view key, int64_t now) {
  GuardedShard& guarded = cache.shard_of(hash);
  const std::lock_guard lock(guarded.mutex);
  const store::Found found = guarded.shard.find(hash, key, static_cast<uint32_t>(now));
  if (!found) return {};
  return {true, found.record.value().size(), store::Shard::charge_of(found.record)};
}

// Its items by those of the sampled keys that are still there.
tenant::PrefixStats stats_of(LocalCache& cache, const insight::PrefixTally& tally, int64_t now) {
  double items = 0;
  double bytes = 0;
  for (const insight::SeenKey& key : tally.keys) {
    const Seen seen = look_at(cache, key.hash, key.key, now);
    if (!seen.is_there) continue;
    items += tally.keys_weight;
    bytes += tally.keys_weight * static_cast<double>(seen.charged_bytes);
  }
  return {.prefix = tally.prefix,
          .items = whole(items),
          .bytes = whole(bytes),
          .hits = whole(tally.tally.hits),
          .misses = whole(tally.tally.misses),
          .mutations = whole(tally.tally.mutations)};
}

}  // namespace

const SystemClock LocalIntrospection::kSystemClock;

Result<std::shared_ptr<LocalCache>> LocalIntrospection::find(tenant::CacheId id) const {
  if (!executor_.knows(id)) return fail(Fault::not_found, fmt::format("there is no cache {}", id));
  return executor_.find_used(id);
}

Result<std::shared_ptr<LocalCache>> LocalIntrospection::find_to_watch(tenant::CacheId id) {
  auto found = find(id);
  if (!found || !*found || (*found)->observer().is_watched()) return found;
  const std::lock_guard lock(watching_mutex_);
  std::vector<std::shared_ptr<LocalCache>> watched = executor_.used_caches();
  std::erase_if(watched, [](const auto& cache) { return !cache->observer().is_watched(); });
  if (watched.size() >= kWatchedCachesMax) {
    const auto longest_ago =
        std::min_element(watched.begin(), watched.end(), [](const auto& a, const auto& b) {
          return a->observer().looked_at() < b->observer().looked_at();
        });
    (*longest_ago)->observer().stop_watching();
  }
  (*found)->observer().popular_items(now());  // begins
  return found;
}

Result<std::vector<tenant::LoggedRequest>> LocalIntrospection::recent_requests(tenant::CacheId id) {
  const auto cache = find_to_watch(id);
  if (!cache) return std::unexpected(cache.error());
  if (!*cache) return std::vector<tenant::LoggedRequest>{};
  std::vector<tenant::LoggedRequest> requests = (*cache)->observer().recent_requests(now());
  const int64_t wall_ahead = executor_.item_clock().wall_ahead(clock_.now());
  for (tenant::LoggedRequest& request : requests) request.unix_seconds += wall_ahead;
  return requests;
}

Result<tenant::PopularItems> LocalIntrospection::popular_items(tenant::CacheId id,
                                                               std::optional<std::string> prefix) {
  const auto cache = find_to_watch(id);
  if (!cache) return std::unexpected(cache.error());
  if (!*cache) return tenant::PopularItems{};
  std::optional<tenant::PopularItems> items =
      prefix ? (*cache)->observer().popular_items(*prefix, now())
             : (*cache)->observer().popular_items(now());
  if (!items) return fail(Fault::not_found, "the prefix is not watched");
  items->since_unix_seconds += executor_.item_clock().wall_ahead(clock_.now());
  return std::move(*items);
}

Result<tenant::KeyStats> LocalIntrospection::key_stats(tenant::CacheId id, std::string_view key) {
  const auto cache = find_to_watch(id);
  if (!cache) return std::unexpected(cache.error());
  tenant::KeyStats stats{.unix_seconds = clock_.now().unix_seconds};
  if (!*cache) return stats;
  const uint64_t hash = executor_.hash(key);
  const insight::Tally tally = (*cache)->observer().ask_about(hash, key, now());
  const Seen seen = look_at(**cache, hash, key, now());
  stats.is_in_cache = seen.is_there;
  stats.value_bytes = seen.value_bytes;
  stats.hits = whole(tally.hits);
  stats.misses = whole(tally.misses);
  stats.mutations = whole(tally.mutations);
  return stats;
}

Status LocalIntrospection::watch_prefixes(tenant::CacheId id, std::vector<std::string> prefixes) {
  const auto cache = prefixes.empty() ? find(id) : find_to_watch(id);
  if (!cache) return std::unexpected(cache.error());
  if (*cache) (*cache)->observer().watch_prefixes(prefixes, now());
  return {};
}

Result<std::vector<tenant::PrefixStats>> LocalIntrospection::prefix_stats(tenant::CacheId id) {
  const auto cache = find_to_watch(id);
  if (!cache) return std::unexpected(cache.error());
  std::vector<tenant::PrefixStats> stats;
  if (!*cache) return stats;
  for (const insight::PrefixTally& tally : (*cache)->observer().prefix_tallies(now())) {
    stats.push_back(stats_of(**cache, tally, now()));
  }
  return stats;
}

Result<tenant::MissRatioCurve> LocalIntrospection::miss_ratio_curve(tenant::CacheId id) {
  const auto cache = find(id);
  if (!cache) return std::unexpected(cache.error());
  if (!*cache) return tenant::MissRatioCurve{};
  tenant::MissRatioCurve curve = (*cache)->observer().miss_ratio_curve();
  if (curve.ready_unix_seconds != 0) {
    curve.ready_unix_seconds += executor_.item_clock().wall_ahead(clock_.now());
  }
  return curve;
}

std::vector<tenant::ClientFlush> LocalIntrospection::take_client_flushes() {
  return executor_.client_flushes().take();
}

}  // namespace cachery::command
