// What is known of one cache's traffic, and the way that it takes there from the data path.
//
// A worker opens a Lens for each batch. It asks of each key whether it is wanted (one comparison),
// keeps the few events that are, and hands them over together when the batch is done and no shard
// is locked. A batch whose observer is busy with another thread is dropped rather than waited for:
// a worker never blocks on who looks.
//
// The miss-ratio curve takes keys below its threshold, always. A Watch (request log, popular keys)
// is there only while somebody looks, and takes whole batches, up to kWatchedPerSecond a worker:
// below that rate everything is seen, above it each batch stands for those passed over since.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "insight/miss_ratio_curve.h"
#include "insight/watch.h"

namespace cachery::insight {

// Of one worker: how far its own counts have been handed over.
struct WorkerShare {
  uint64_t reads = 0;
  uint64_t misses = 0;
  uint64_t next_watched_ns = 0;
  uint64_t passed_over = 0;  // requests since the last watched batch
};

// Reads of the cache by one worker since it began, and those of them that missed.
struct ReadCounts {
  uint64_t reads = 0;
  uint64_t misses = 0;
};

// Any thread, all of it.
// Seconds are the ItemClock's.
class Observer {
 public:
  static constexpr uint64_t kWatchedPerSecond = 10'000;

  explicit Observer(uint64_t limit_bytes) : curve_(limit_bytes) {}

  // A curve for another size starts anew: what the miniatures hold was chosen for the old one.
  void set_limit(uint64_t limit_bytes);
  void clear_items();  // the cache was flushed
  // Nobody may use the cache now: nothing but watched prefixes is kept, and the curve begins anew
  // with the next request.
  void rest();
  // Ends a watch that nobody has looked at for tenant::kWatchSeconds and that has no prefixes.
  void tidy(int64_t item_seconds);
  void stop_watching();

  bool is_watched() const { return is_watched_.load(std::memory_order_relaxed); }
  int64_t looked_at() const;  // the last look of a running watch
  size_t memory_bytes() const;

  // Each is a look: it begins or prolongs the watch.
  std::vector<tenant::LoggedRequest> recent_requests(int64_t item_seconds);
  tenant::PopularItems popular_items(int64_t item_seconds);
  // nullopt: it is not watched.
  std::optional<tenant::PopularItems> popular_items(std::string_view prefix, int64_t item_seconds);
  Tally ask_about(uint64_t hash, std::string_view key, int64_t item_seconds);
  std::vector<PrefixTally> prefix_tallies(int64_t item_seconds);
  void watch_prefixes(const std::vector<std::string>& prefixes, int64_t item_seconds);

  // No look: the curve is always there.
  tenant::MissRatioCurve miss_ratio_curve() const;

 private:
  friend class Lens;

  Watch& look(int64_t item_seconds);
  void end_watch();
  void take(std::span<const Event> events, double watched_weight, const ReadCounts& counts,
            int64_t item_seconds);

  std::atomic<uint64_t> threshold_{kPositions};
  std::atomic<bool> is_watched_{false};

  mutable std::mutex mutex_;
  // guarded by mutex_
  MissRatioCurve curve_;
  std::unique_ptr<Watch> watch_;
  int64_t looked_at_ = 0;
  bool is_resting_ = true;  // nothing was taken since it was made or put to rest
};

// One batch of one worker. On its stack.
class Lens {
 public:
  // `requests`: of the batch, at most limits::kBatchRequests.
  Lens(Observer& observer, WorkerShare& share, size_t requests, const Now& now)
      : observer_(observer),
        share_(share),
        now_(now),
        threshold_(observer.threshold_.load(std::memory_order_relaxed)) {
    if (observer.is_watched()) [[unlikely]]
      watch_batch(requests);
  }
  Lens(const Lens&) = delete;
  Lens& operator=(const Lens&) = delete;

  bool wants(uint64_t hash) const { return position_of(hash) < threshold_; }
  // Once a request at most. Its key lives until hand_over().
  void note(const Event& event) { new (&events()[count_++]) Event(event); }

  bool has_events() const { return count_ > 0; }
  // `so_far`: what this worker counted of the cache since it began to.
  void hand_over(const ReadCounts& so_far, int64_t item_seconds);

 private:
  void watch_batch(size_t requests);
  Event* events() { return reinterpret_cast<Event*>(storage_); }

  Observer& observer_;
  WorkerShare& share_;
  const Now& now_;
  uint64_t threshold_;
  double watched_weight_ = 0;  // 0: the batch is not watched
  size_t count_ = 0;
  // Not made before it is needed: most batches have nothing to tell.
  alignas(Event) std::byte storage_[sizeof(Event) * limits::kBatchRequests];
};

}  // namespace cachery::insight
