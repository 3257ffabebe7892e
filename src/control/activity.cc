#include "control/activity.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "control/sample_records.h"

namespace cachery::control {
namespace {

constexpr int64_t kMinuteSeconds = kCounterResolutions[0].step_seconds;
constexpr int64_t kChunkSeconds = kCounterResolutions[1].step_seconds;

class Steps {
 public:
  Steps(const TimeWindow& window, int64_t step_seconds)
      : window_(window),
        step_seconds_(step_seconds),
        count_(static_cast<size_t>(window.seconds() / step_seconds)) {}

  // A minute's sample of a cache, or of the node itself.
  void add(tenant::CacheId cache, uint32_t node, int64_t start, const Sample& sample) {
    if (start < window_.start || start >= window_.end) return;
    const auto index = static_cast<size_t>((start - window_.start) / step_seconds_);
    if (cache == kNodeItself) {
      auto& sampled = sampled_.try_emplace(node, count_).first->second;
      sampled[index] += static_cast<double>(sample.seconds);
      return;
    }
    auto& spans = caches_.try_emplace(cache, count_).first->second;
    for (size_t i = 0; i < tenant::kCounterCount; ++i) {
      if (tenant::kCounters[i].kind == tenant::CounterKind::gauge) continue;
      spans[index].values[i] += static_cast<double>(sample.sums.values[i]);
    }
  }

  std::map<tenant::CacheId, StepSpans> take() {
    for (auto& [cache, spans] : caches_) {
      for (size_t i = 0; i < count_; ++i) spans[i].seconds = seconds_of(i);
    }
    return std::move(caches_);
  }

 private:
  // Nodes sample side by side: the longest says how long it was.
  double seconds_of(size_t index) const {
    double longest = 0;
    for (const auto& [node, sampled] : sampled_) longest = std::max(longest, sampled[index]);
    return longest;
  }

  const TimeWindow window_;
  const int64_t step_seconds_;
  const size_t count_;
  std::map<uint32_t, std::vector<double>> sampled_;  // seconds of each step, by node
  std::map<tenant::CacheId, StepSpans> caches_;
};

// Of caches beyond this, all rows of the window are read in place of each cache's own.
constexpr size_t kCachesApart = 64;

Status add_rows(SampleRecords& records, const std::set<tenant::CacheId>& wanted,
                const TimeWindow& window, Steps& steps) {
  // The chunk that the window begins in began before it.
  const TimeWindow rows{window.start - kChunkSeconds, window.end};
  std::vector<SampleRecord> found;
  if (wanted.size() > kCachesApart) {
    auto all = records.between(kMinuteSeconds, rows);
    if (!all) return std::unexpected(all.error());
    found = std::move(*all);
  } else {
    for (const tenant::CacheId cache : wanted) {
      auto own = records.of(cache, kMinuteSeconds, rows);
      if (!own) return std::unexpected(own.error());
      std::ranges::move(*own, std::back_inserter(found));
    }
  }
  for (const SampleRecord& record : found) {
    const tenant::CacheId cache = record.key.cache;
    if (!wanted.contains(cache)) continue;
    for (const ChunkPoint& point : unpack_chunk(record.packed)) {
      steps.add(cache, record.key.node, record.key.start + point.step_index * kMinuteSeconds,
                point.sample);
    }
  }
  return {};
}

}  // namespace

Result<std::map<tenant::CacheId, StepSpans>> read_activity(
    Store& store, const std::vector<tenant::CacheId>& caches, const TimeWindow& window,
    int64_t step_seconds) {
  Steps steps(window, step_seconds);
  std::set<tenant::CacheId> wanted(caches.begin(), caches.end());
  wanted.insert(kNodeItself);
  const auto done = store.read([&](Records& all) -> Status {
    SampleRecords& records = all.samples();
    if (auto added = add_rows(records, wanted, window, steps); !added) return added;
    const auto frames = records.frames(window);
    if (!frames) return std::unexpected(frames.error());
    for (const FrameRecord& frame : *frames) {
      for (const FrameEntry& entry : unpack_frame(frame.packed)) {
        if (!wanted.contains(entry.cache)) continue;
        steps.add(entry.cache, frame.node, frame.start, entry.sample);
      }
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return steps.take();
}

}  // namespace cachery::control
