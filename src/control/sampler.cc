#include "control/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "control/latency.h"
#include "control/sample_records.h"

namespace cachery::control {
namespace {

constexpr int64_t kMinuteSeconds = kCounterResolutions[0].step_seconds;
constexpr int64_t kChunkSeconds = kCounterResolutions[1].step_seconds;

constexpr int64_t aligned(int64_t time, int64_t step) { return time / step * step; }

uint64_t seconds_between(const Now& before, const Now& now) {
  return (now.steady_ns - before.steady_ns + 500'000'000) / 1'000'000'000;
}

// Of a span between two samples, the moment that says to which step it belongs: runs that come a
// little early or late still take turns at the steps.
int64_t middle_of(const Now& before, const Now& now) {
  return now.unix_seconds - static_cast<int64_t>(seconds_between(before, now) / 2);
}

Status merge(SampleRecords& samples, const SampleKey& key, const Sample& sample) {
  auto present = samples.packed(key);
  if (!present) return std::unexpected(present.error());
  std::string_view bytes = *present;
  Sample sum = sample;
  if (const auto before = unpack(bytes)) sum.add(*before);
  SampleRecord record{.key = key};
  pack(sum, record.packed);
  return samples.put(record);
}

Status merge(SampleRecords& samples, const tenant::NodeLatency& grown, const Resolution& resolution,
             int64_t time) {
  const int64_t start = aligned(time, resolution.step_seconds);
  const auto present = samples.latencies(resolution.step_seconds, {start, start + 1});
  if (!present) return std::unexpected(present.error());
  tenant::NodeLatency sum = grown;
  for (const LatencyRecord& before : *present) {
    if (before.node != grown.node) continue;
    sum.requests_count += before.requests_count;
    sum.busy_ns += before.busy_ns;
    add_counts(unpack_counts(before.packed_counts), sum.counts);
  }
  return samples.put(LatencyRecord{.node = sum.node,
                                   .step_seconds = resolution.step_seconds,
                                   .start = start,
                                   .requests_count = sum.requests_count,
                                   .busy_ns = sum.busy_ns,
                                   .packed_counts = pack_counts(sum.counts)});
}

Status append(SampleRecords& samples, const SampleKey& key, const std::vector<ChunkPoint>& points) {
  const auto present = samples.packed(key);
  if (!present) return std::unexpected(present.error());
  std::vector<ChunkPoint> all = unpack_chunk(*present);
  all.insert(all.end(), points.begin(), points.end());
  return samples.put(SampleRecord{.key = key, .packed = pack_chunk(all)});
}

// What one cache counted on one node in ten minutes.
struct TenMinutes {
  std::vector<ChunkPoint> points;
  Sample sum;
};
using ByCacheAndNode = std::map<std::pair<tenant::CacheId, uint32_t>, TenMinutes>;

ByCacheAndNode gather(const std::vector<FrameRecord>& frames, int64_t start) {
  ByCacheAndNode gathered;
  for (const FrameRecord& frame : frames) {
    if (aligned(frame.start, kChunkSeconds) != start) continue;
    const auto index = static_cast<uint32_t>((frame.start - start) / kMinuteSeconds);
    for (const FrameEntry& entry : unpack_frame(frame.packed)) {
      TenMinutes& cache = gathered[{entry.cache, frame.node}];
      cache.points.push_back({index, entry.sample});
      cache.sum.add(entry.sample);
    }
  }
  return gathered;
}

Status roll_up(SampleRecords& samples, int64_t start, const ByCacheAndNode& gathered) {
  for (const auto& [cache_and_node, minutes] : gathered) {
    const auto [cache, node] = cache_and_node;
    const auto key = [&](int64_t step) {
      return SampleKey{cache, node, step, aligned(start, step)};
    };
    SampleKey chunk = key(kMinuteSeconds);
    chunk.start = start;
    if (auto done = append(samples, chunk, minutes.points); !done) return done;
    for (const Resolution& coarse : std::span(kCounterResolutions).subspan(1)) {
      if (auto done = merge(samples, key(coarse.step_seconds), minutes.sum); !done) return done;
    }
  }
  return {};
}

// A step more than is promised, so that a window of the whole length is answered whole.
Status drop_old(SampleRecords& samples, int64_t now) {
  for (const Resolution& kept : kCounterResolutions) {
    const int64_t since = now - kept.kept_seconds - std::max(kept.step_seconds, kChunkSeconds);
    if (auto done = samples.remove_before(kept.step_seconds, since); !done) return done;
  }
  for (const Resolution& kept : kLatencyResolutions) {
    const int64_t since = now - kept.kept_seconds - kept.step_seconds;
    if (auto done = samples.remove_latencies_before(kept.step_seconds, since); !done) return done;
  }
  return {};
}

// Frames of tens of minutes that are over by `minute`.
Status compact(SampleRecords& samples, int64_t minute) {
  const int64_t end = aligned(minute, kChunkSeconds);
  const auto frames = samples.frames({0, end});
  if (!frames) return std::unexpected(frames.error());
  if (frames->empty()) return {};
  int64_t last = -1;
  for (const FrameRecord& frame : *frames) {
    const int64_t start = aligned(frame.start, kChunkSeconds);
    if (start == last) continue;
    last = start;
    if (auto done = roll_up(samples, start, gather(*frames, start)); !done) return done;
  }
  if (auto done = samples.remove_frames_before(end); !done) return done;
  return drop_old(samples, minute);
}

}  // namespace

Status Sampler::run(const Now& now) {
  Round round;
  const bool is_new_minute = now.unix_seconds / kMinuteSeconds != last_minute_;
  const auto written = store_.write([&](Records& records) -> Status {
    if (auto done = add_latencies(now, records, round); !done) return done;
    return is_new_minute ? add_frames(now, records, round) : Status{};
  });
  if (!written) return written;
  for (auto& [node, seen] : round.seen_latencies) seen_latencies_[node] = seen;
  for (auto& [node, seen] : round.seen) seen_[node] = std::move(seen);
  if (is_new_minute) last_minute_ = now.unix_seconds / kMinuteSeconds;
  samples_count_ += round.samples_count;
  return {};
}

Status Sampler::add_latencies(const Now& now, Records& records, Round& round) {
  for (const tenant::NodeLatency& latency : node_.latencies()) {
    round.seen_latencies[latency.node] = {now, latency};
    const auto at = seen_latencies_.find(latency.node);
    if (at == seen_latencies_.end()) continue;
    const tenant::NodeLatency grown = growth_of(at->second.latency, latency);
    if (grown.requests_count == 0) continue;
    const int64_t time = middle_of(at->second.at, now);
    for (const Resolution& resolution : kLatencyResolutions) {
      if (auto done = merge(records.samples(), grown, resolution, time); !done) return done;
    }
  }
  return {};
}

Status Sampler::add_frames(const Now& now, Records& records, Round& round) {
  for (tenant::NodeActivity& activity : node_.activity()) {
    Seen& seen = round.seen[activity.node];
    seen.at = now;
    const auto known = seen_.find(activity.node);
    std::ranges::sort(activity.caches, {}, &tenant::CacheActivity::cache);
    std::vector<FrameEntry> entries;
    if (known != seen_.end()) {
      const uint64_t seconds = seconds_between(known->second.at, now);
      entries.push_back({kNodeItself, {.seconds = seconds, .sums = {}}});
      for (const tenant::CacheActivity& cache : activity.caches) {
        const auto before = known->second.caches.find(cache.cache);
        const bool is_new = before == known->second.caches.end();
        const Sample sample = sample_between(is_new ? tenant::CounterValues() : before->second,
                                             cache.values, seconds);
        if (has_activity(sample)) entries.push_back({cache.cache, sample});
      }
    }
    for (tenant::CacheActivity& cache : activity.caches) {
      seen.caches.emplace(cache.cache, cache.values);
    }
    if (entries.empty()) continue;
    const int64_t start = aligned(middle_of(known->second.at, now), kMinuteSeconds);
    round.samples_count += entries.size() - 1;
    const FrameRecord frame{activity.node, start, pack_frame(entries)};
    if (auto done = records.samples().put(frame); !done) return done;
    if (auto done = compact(records.samples(), start); !done) return done;
  }
  return {};
}

std::string Sampler::metrics() const {
  return fmt::format(
      "# HELP cachery_samples_total Samples of caches that were written, one a cache and minute\n"
      "# TYPE cachery_samples_total counter\ncachery_samples_total {}\n",
      samples_count_.load());
}

}  // namespace cachery::control
