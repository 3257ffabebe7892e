#include "insight/observer.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace cachery::insight {
namespace {

// How far a worker that was idle may run ahead of its pace: a tenth of a second of it.
constexpr uint64_t kBurstNs = 100'000'000;
constexpr uint64_t kNsOfWatched = 1'000'000'000 / Observer::kWatchedPerSecond;

}  // namespace

static_assert(std::is_trivially_destructible_v<Event>, "a lens does not destroy its events");

void Observer::set_limit(uint64_t limit_bytes) {
  const std::lock_guard lock(mutex_);
  if (curve_.limit_bytes() != limit_bytes) curve_.start_over(limit_bytes);
  threshold_.store(curve_.threshold(), std::memory_order_relaxed);
}

void Observer::clear_items() {
  const std::lock_guard lock(mutex_);
  curve_.clear_items();
}

void Observer::rest() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_resting_, true)) return;
  if (watch_ && !watch_->has_prefixes()) end_watch();
  curve_.start_over(curve_.limit_bytes());
  threshold_.store(curve_.threshold(), std::memory_order_relaxed);
}

void Observer::tidy(int64_t item_seconds) {
  if (!is_watched()) return;
  const std::lock_guard lock(mutex_);
  if (!watch_ || watch_->has_prefixes()) return;
  if (item_seconds >= looked_at_ + tenant::kWatchSeconds) end_watch();
}

void Observer::stop_watching() {
  const std::lock_guard lock(mutex_);
  end_watch();
}

void Observer::end_watch() {
  is_watched_.store(false, std::memory_order_relaxed);
  watch_.reset();
}

int64_t Observer::looked_at() const {
  const std::lock_guard lock(mutex_);
  return looked_at_;
}

size_t Observer::memory_bytes() const {
  const std::lock_guard lock(mutex_);
  return curve_.memory_bytes() + (watch_ ? watch_->memory_bytes() : 0);
}

Watch& Observer::look(int64_t item_seconds) {
  if (!watch_) watch_ = std::make_unique<Watch>(item_seconds);
  looked_at_ = item_seconds;
  is_watched_.store(true, std::memory_order_relaxed);
  return *watch_;
}

std::vector<tenant::LoggedRequest> Observer::recent_requests(int64_t item_seconds) {
  const std::lock_guard lock(mutex_);
  return look(item_seconds).recent_requests();
}

tenant::PopularItems Observer::popular_items(int64_t item_seconds) {
  const std::lock_guard lock(mutex_);
  return look(item_seconds).popular_items(item_seconds);
}

std::optional<tenant::PopularItems> Observer::popular_items(std::string_view prefix,
                                                            int64_t item_seconds) {
  const std::lock_guard lock(mutex_);
  return look(item_seconds).popular_items(prefix, item_seconds);
}

Tally Observer::ask_about(uint64_t hash, std::string_view key, int64_t item_seconds) {
  const std::lock_guard lock(mutex_);
  return look(item_seconds).ask_about(hash, key);
}

std::vector<PrefixTally> Observer::prefix_tallies(int64_t item_seconds) {
  const std::lock_guard lock(mutex_);
  return look(item_seconds).prefix_tallies();
}

void Observer::watch_prefixes(const std::vector<std::string>& prefixes, int64_t item_seconds) {
  const std::lock_guard lock(mutex_);
  if (prefixes.empty() && !watch_) return;
  look(item_seconds).watch_prefixes(prefixes);
}

tenant::MissRatioCurve Observer::miss_ratio_curve() const {
  const std::lock_guard lock(mutex_);
  return curve_.read();
}

void Observer::take(std::span<const Event> events, double watched_weight, const ReadCounts& counts,
                    int64_t item_seconds) {
  const auto now = static_cast<uint32_t>(item_seconds);
  is_resting_ = false;
  for (const Event& event : events) {
    if (position_of(event.hash) < curve_.threshold()) {
      curve_.note({event.hash, event.charged_bytes, event.expiry, now, event.act});
    }
    if (watched_weight > 0 && watch_) watch_->note(event, watched_weight, item_seconds);
  }
  curve_.count(counts.reads, counts.misses, now);
  threshold_.store(curve_.threshold(), std::memory_order_relaxed);
}

void Lens::watch_batch(size_t requests) {
  share_.passed_over += requests;
  const uint64_t now = now_.steady_ns;
  if (now < share_.next_watched_ns) return;
  const uint64_t earliest = now > kBurstNs ? now - kBurstNs : 0;
  share_.next_watched_ns = std::max(share_.next_watched_ns, earliest) + requests * kNsOfWatched;
  watched_weight_ = static_cast<double>(share_.passed_over) / static_cast<double>(requests);
  threshold_ = kPositions;
}

void Lens::hand_over(const ReadCounts& so_far, int64_t item_seconds) {
  const std::unique_lock lock(observer_.mutex_, std::try_to_lock);
  if (!lock) return;
  if (watched_weight_ > 0) share_.passed_over = 0;
  const ReadCounts since{so_far.reads - share_.reads, so_far.misses - share_.misses};
  share_.reads = so_far.reads;
  share_.misses = so_far.misses;
  observer_.take({events(), count_}, watched_weight_, since, item_seconds);
}

}  // namespace cachery::insight
