#include "control/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "control/latency.h"
#include "control/sample_records.h"
#include "control/sample_roll_up.h"

namespace cachery::control {
namespace {

using PackedLatencies = std::unordered_map<tenant::CacheId, PackedLatency>;

constexpr int64_t kMinuteSeconds = kCounterResolutions[0].step_seconds;
constexpr int64_t kChunkSeconds = kCounterResolutions[1].step_seconds;

uint64_t seconds_between(const Now& before, const Now& now) {
  return (now.steady_ns - before.steady_ns + 500'000'000) / 1'000'000'000;
}

// Of a span between two samples, the moment that says to which step it belongs: runs that come a
// little early or late still take turns at the steps.
int64_t middle_of(const Now& before, const Now& now) {
  return now.unix_seconds - static_cast<int64_t>(seconds_between(before, now) / 2);
}

Status merge(SampleRecords& samples, const tenant::NodeLatency& grown, const Resolution& resolution,
             int64_t time) {
  const int64_t start = aligned(time, resolution.step_seconds);
  const auto present = samples.latencies(resolution.step_seconds, {start, start + 1});
  if (!present) return std::unexpected(present.error());
  tenant::LatencySums sum = grown.sums;
  for (const LatencyRecord& before : *present) {
    if (before.node != grown.node) continue;
    sum.add({before.requests_count, before.busy_ns, unpack_counts(before.packed_counts)});
  }
  return samples.put(LatencyRecord{.node = grown.node,
                                   .step_seconds = resolution.step_seconds,
                                   .start = start,
                                   .requests_count = sum.requests_count,
                                   .busy_ns = sum.busy_ns,
                                   .packed_counts = pack_counts(sum.counts)});
}

PackedLatencies packed_of(const std::vector<tenant::NodeCacheLatencies>& nodes, uint32_t node) {
  PackedLatencies packed;
  const auto at = std::ranges::find(nodes, node, &tenant::NodeCacheLatencies::node);
  if (at == nodes.end()) return packed;
  for (const tenant::CacheLatency& cache : at->caches) {
    packed.emplace(cache.cache, pack_sums(sum_of(cache)));
  }
  return packed;
}

// As it is kept in a sample.
PackedLatency kept_growth(const PackedLatencies& before, const PackedLatencies& now,
                          tenant::CacheId cache) {
  const auto at = now.find(cache);
  if (at == now.end()) return {};
  const auto known = before.find(cache);
  const auto base = known == before.end() ? tenant::LatencySums{} : unpack_sums(known->second);
  return pack_sums(coarse(growth_of(base, unpack_sums(at->second))));
}

// What one cache counted on one node in ten minutes.
struct TenMinutes {
  std::vector<ChunkPoint> points;
  Sample sum;
};
template <typename Value>
using ByCacheAndNode = std::map<std::pair<tenant::CacheId, uint32_t>, Value>;

ByCacheAndNode<TenMinutes> gather(const std::vector<FrameRecord>& frames, int64_t start) {
  ByCacheAndNode<TenMinutes> gathered;
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

// What is kept of these ten minutes already: the service was started again within them, or a clock
// was set back.
Status add_present(SampleRecords& samples, int64_t start, ByCacheAndNode<TenMinutes>& gathered) {
  const auto chunks = samples.between(kMinuteSeconds, {start, start + 1});
  if (!chunks) return std::unexpected(chunks.error());
  const auto sums = samples.between(kChunkSeconds, {start, start + 1});
  if (!sums) return std::unexpected(sums.error());
  for (const SampleRecord& record : *chunks) {
    auto points = unpack_chunk(record.packed);
    auto& all = gathered[{record.key.cache, record.key.node}].points;
    all.insert(all.begin(), points.begin(), points.end());
  }
  for (const SampleRecord& record : *sums) {
    const auto before = unpack(record.packed);
    if (before) gathered[{record.key.cache, record.key.node}].sum.add(*before);
  }
  return {};
}

Status keep_ten_minutes(SampleRecords& samples, const std::vector<FrameRecord>& frames,
                        int64_t start) {
  auto gathered = gather(frames, start);
  if (auto done = add_present(samples, start, gathered); !done) return done;
  std::vector<SampleRecord> records;
  for (const auto& [cache_and_node, minutes] : gathered) {
    const auto [cache, node] = cache_and_node;
    records.push_back({{cache, node, kMinuteSeconds, start}, pack_chunk(minutes.points)});
    records.push_back({{cache, node, kChunkSeconds, start}, {}});
    pack(minutes.sum, records.back().packed);
  }
  return samples.put(records);
}

// One step of a coarse resolution, made of the finer one's rows.
Status roll_up(SampleRecords& samples, const RollUp& rule, int64_t start) {
  const auto rows = samples.between(rule.from_seconds, {start, start + rule.to_seconds});
  if (!rows) return std::unexpected(rows.error());
  ByCacheAndNode<Sample> sums;
  for (const SampleRecord& row : *rows) {
    if (const auto sample = unpack(row.packed)) sums[{row.key.cache, row.key.node}].add(*sample);
  }
  std::vector<SampleRecord> records;
  for (const auto& [cache_and_node, sum] : sums) {
    const auto [cache, node] = cache_and_node;
    records.push_back({{cache, node, rule.to_seconds, start}, {}});
    pack(sum, records.back().packed);
  }
  return samples.put(records);
}

// Every step that is over by `end` and is not rolled up yet, and those in which ten minutes were
// added since: after a clock was set back, once more.
Status roll_up_ended(SampleRecords& samples, const std::set<int64_t>& added, int64_t end) {
  for (const RollUp& rule : kRollUps) {
    std::set<int64_t> starts;
    for (const int64_t start : added) starts.insert(aligned(start, rule.to_seconds));
    const auto last = rolled_until(samples, rule.to_seconds, end);
    if (!last) return std::unexpected(last.error());
    const auto finer = samples.of(kNodeItself, rule.from_seconds, {*last, end});
    if (!finer) return std::unexpected(finer.error());
    for (const SampleRecord& row : *finer) {
      starts.insert(aligned(row.key.start, rule.to_seconds));
    }
    for (const int64_t start : starts) {
      if (start + rule.to_seconds > end) continue;
      if (auto done = roll_up(samples, rule, start); !done) return done;
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
  std::set<int64_t> starts;
  for (const FrameRecord& frame : *frames) starts.insert(aligned(frame.start, kChunkSeconds));
  for (const int64_t start : starts) {
    if (auto done = keep_ten_minutes(samples, *frames, start); !done) return done;
  }
  if (auto done = roll_up_ended(samples, starts, end); !done) return done;
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
    const tenant::NodeLatency grown{.node = latency.node,
                                    .sums = growth_of(at->second.latency.sums, latency.sums)};
    if (grown.sums.requests_count == 0) continue;
    const int64_t time = middle_of(at->second.at, now);
    for (const Resolution& resolution : kLatencyResolutions) {
      if (auto done = merge(records.samples(), grown, resolution, time); !done) return done;
    }
  }
  return {};
}

Status Sampler::add_frames(const Now& now, Records& records, Round& round) {
  const auto latencies = node_.cache_latencies({});
  for (tenant::NodeActivity& activity : node_.activity()) {
    Seen& seen = round.seen[activity.node];
    seen.at = now;
    seen.latencies = packed_of(latencies, activity.node);
    const auto known = seen_.find(activity.node);
    std::ranges::sort(activity.caches, {}, &tenant::CacheActivity::cache);
    std::vector<FrameEntry> entries;
    if (known != seen_.end()) {
      const uint64_t seconds = seconds_between(known->second.at, now);
      entries.push_back({kNodeItself, {.seconds = seconds, .sums = {}}});
      for (const tenant::CacheActivity& cache : activity.caches) {
        const auto before = known->second.caches.find(cache.cache);
        const bool is_new = before == known->second.caches.end();
        Sample sample = sample_between(is_new ? tenant::CounterValues() : before->second,
                                       cache.values, seconds);
        sample.latency = kept_growth(known->second.latencies, seen.latencies, cache.cache);
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
