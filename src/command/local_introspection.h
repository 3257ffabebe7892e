// This machine's caches as the control plane looks into them: insight's observers, and the items
// themselves where they must be asked. A bounded number of caches is watched at once; the one that
// was looked at longest ago gives way to the next.
#pragma once

#include <mutex>

#include "base/clock.h"
#include "command/local_executor.h"
#include "tenant/introspection.h"

namespace cachery::command {

class LocalIntrospection final : public tenant::Introspection {
 public:
  // Each takes at most insight::Watch::kMemoryBytesMax.
  static constexpr size_t kWatchedCachesMax = 256;

  explicit LocalIntrospection(LocalExecutor& executor, const Clock& clock = kSystemClock)
      : executor_(executor), clock_(clock) {}

  Result<std::vector<tenant::LoggedRequest>> recent_requests(tenant::CacheId cache) override;
  Result<tenant::PopularItems> popular_items(tenant::CacheId cache,
                                             std::optional<std::string> prefix) override;
  Result<tenant::KeyStats> key_stats(tenant::CacheId cache, std::string_view key) override;
  Status watch_prefixes(tenant::CacheId cache, std::vector<std::string> prefixes) override;
  Result<std::vector<tenant::PrefixStats>> prefix_stats(tenant::CacheId cache) override;
  Result<tenant::MissRatioCurve> miss_ratio_curve(tenant::CacheId cache) override;
  std::vector<tenant::ClientFlush> take_client_flushes() override;

 private:
  static const SystemClock kSystemClock;

  // Null: nobody has used the cache since the node started. not_found: there is none.
  Result<std::shared_ptr<LocalCache>> find(tenant::CacheId cache) const;
  // The same, with room made for one more watch.
  Result<std::shared_ptr<LocalCache>> find_to_watch(tenant::CacheId cache);
  int64_t now() const { return executor_.item_clock().seconds(clock_.now()); }

  LocalExecutor& executor_;
  const Clock& clock_;
  std::mutex watching_mutex_;  // held while a watch begins
};

}  // namespace cachery::command
