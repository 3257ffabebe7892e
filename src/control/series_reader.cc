#include "control/series_reader.h"

#include <algorithm>
#include <map>
#include <optional>

#include "control/cache_records.h"
#include "control/latency.h"
#include "control/sample_records.h"
#include "control/sample_roll_up.h"

namespace cachery::control {
namespace {

using tenant::CounterKind;

constexpr int64_t kMinuteSeconds = kCounterResolutions[0].step_seconds;
constexpr int64_t kChunkSeconds = kCounterResolutions[1].step_seconds;

// Samples of one step, by node and start.
using Steps = std::map<uint32_t, std::map<int64_t, Sample>>;

struct CacheSteps {
  Steps node;   // what was sampled at all
  Steps cache;  // what the cache had to count
};

Status add_rows(SampleRecords& records, tenant::CacheId cache, int64_t step,
                const TimeWindow& window, Steps& steps) {
  TimeWindow rows = window;
  if (step == kMinuteSeconds) rows.start = aligned(rows.start, kChunkSeconds);
  const auto found = records.of(cache, step, rows);
  if (!found) return std::unexpected(found.error());
  for (const SampleRecord& record : *found) {
    auto& of_node = steps[record.key.node];
    if (step == kMinuteSeconds) {
      for (const ChunkPoint& point : unpack_chunk(record.packed)) {
        of_node[record.key.start + point.step_index * kMinuteSeconds].add(point.sample);
      }
    } else {
      if (const auto sample = unpack(record.packed)) of_node[record.key.start].add(*sample);
    }
  }
  return {};
}

// Of hours and days: the finer rows of what is not rolled up yet, each in the step that it is part
// of.
Status add_finer(SampleRecords& records, tenant::CacheId cache, int64_t step,
                 const TimeWindow& window, CacheSteps& steps) {
  TimeWindow rest = window;
  const auto add = [&](tenant::CacheId of, int64_t from_step, Steps& into) -> Status {
    const auto found = records.of(of, from_step, rest);
    if (!found) return std::unexpected(found.error());
    for (const SampleRecord& record : *found) {
      const auto sample = unpack(record.packed);
      if (sample) into[record.key.node][aligned(record.key.start, step)].add(*sample);
    }
    return {};
  };
  for (size_t i = std::size(kRollUps); i-- > 0;) {
    const RollUp& rule = kRollUps[i];
    if (rule.to_seconds > step) continue;
    const auto until = rolled_until(records, rule.to_seconds, window.end);
    if (!until) return std::unexpected(until.error());
    rest.start = std::max(rest.start, *until);
    if (auto done = add(kNodeItself, rule.from_seconds, steps.node); !done) return done;
    if (auto done = add(cache, rule.from_seconds, steps.cache); !done) return done;
  }
  return {};
}

// The minutes that are not rolled up yet.
Status add_frames(SampleRecords& records, tenant::CacheId cache, int64_t step,
                  const TimeWindow& window, CacheSteps& steps) {
  const auto frames = records.frames(window);
  if (!frames) return std::unexpected(frames.error());
  for (const FrameRecord& frame : *frames) {
    const int64_t start = aligned(frame.start, step);
    if (const auto sample = find_in_frame(frame.packed, kNodeItself)) {
      steps.node[frame.node][start].add(*sample);
    }
    if (const auto sample = find_in_frame(frame.packed, cache)) {
      steps.cache[frame.node][start].add(*sample);
    }
  }
  return {};
}

// The cache's last sample before the window: it says what the levels were when the window began.
Status add_last_before(SampleRecords& records, tenant::CacheId cache, int64_t step, int64_t start,
                       Steps& steps) {
  const auto last = records.last_before(cache, step, start);
  if (!last) return std::unexpected(last.error());
  if (!*last) return {};
  auto& of_node = steps[(*last)->key.node];
  if (step == kMinuteSeconds) {
    const auto points = unpack_chunk((*last)->packed);
    if (points.empty()) return {};
    of_node.emplace((*last)->key.start + points.back().step_index * kMinuteSeconds,
                    points.back().sample);
    return {};
  }
  if (const auto sample = unpack((*last)->packed)) of_node.emplace((*last)->key.start, *sample);
  return {};
}

void add_levels(const Sample& sample, Span& span) {
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    if (tenant::kCounters[i].kind != CounterKind::gauge) continue;
    span.values[i] = static_cast<double>(sample.sums.values[i]) /
                     static_cast<double>(std::max<uint64_t>(sample.seconds, 1));
  }
  span.has_levels = true;
}

void add_counts(const Sample& sample, Span& span) {
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    if (tenant::kCounters[i].kind == CounterKind::gauge) continue;
    span.values[i] = static_cast<double>(sample.sums.values[i]);
  }
}

std::vector<SpanPoint> points_of(const std::map<int64_t, Sample>& node,
                                 const std::map<int64_t, Sample>& cache, int64_t from) {
  std::vector<SpanPoint> points;
  auto next = cache.begin();
  const Sample* last = nullptr;  // the levels since
  for (const auto& [start, sampled] : node) {
    if (start < from) continue;
    const Sample* counted = nullptr;
    for (; next != cache.end() && next->first <= start; ++next) {
      last = &next->second;
      if (next->first == start) counted = last;
    }
    Span span{.seconds = static_cast<double>(sampled.seconds)};
    if (last != nullptr) add_levels(*last, span);
    if (counted != nullptr) add_counts(*counted, span);
    points.push_back({start, span});
  }
  return points;
}

Status add_window(SampleRecords& records, tenant::CacheId cache, int64_t step,
                  const TimeWindow& whole, CacheSteps& steps) {
  if (auto added = add_rows(records, kNodeItself, step, whole, steps.node); !added) return added;
  if (auto added = add_rows(records, cache, step, whole, steps.cache); !added) return added;
  if (auto added = add_finer(records, cache, step, whole, steps); !added) return added;
  return add_frames(records, cache, step, whole, steps);
}

LatencyPoint latency_point(int64_t start, const tenant::LatencySums& sums) {
  const LatencySummary summary = summarize(sums, 0);
  return {start, summary.mean_ns.value_or(0), summary.p50_ns, summary.p99_ns};
}

}  // namespace

const Resolution& resolution_for(std::span<const Resolution> resolutions, const TimeWindow& window,
                                 int64_t now_unix_seconds) {
  const int64_t needed = std::max(window.seconds(), now_unix_seconds - window.start);
  for (const Resolution& resolution : resolutions) {
    if (resolution.kept_seconds >= needed) return resolution;
  }
  return resolutions.back();
}

Result<std::vector<NodeSpans>> SeriesReader::spans(tenant::CacheId cache, const TimeWindow& window,
                                                   const Resolution& resolution) {
  const int64_t step = resolution.step_seconds;
  const TimeWindow whole{aligned(std::max<int64_t>(window.start, 0), step), window.end};
  CacheSteps steps;
  int64_t born = 0;
  const auto done = store_.read([&](Records& all) -> Status {
    const auto found = all.caches().find(cache);
    if (!found) return std::unexpected(found.error());
    if (*found) born = (*found)->created_unix_seconds;
    if (auto added = add_last_before(all.samples(), cache, step, whole.start, steps.cache);
        !added) {
      return added;
    }
    return add_window(all.samples(), cache, step, whole, steps);
  });
  if (!done) return std::unexpected(done.error());
  std::vector<NodeSpans> nodes;
  for (const auto& [node, sampled] : steps.node) {
    auto points = points_of(sampled, steps.cache[node], whole.start);
    std::erase_if(points, [&](const SpanPoint& point) {
      return point.start >= whole.end || point.start + step <= born;
    });
    if (!points.empty()) nodes.push_back({node, std::move(points)});
  }
  return nodes;
}

Result<std::vector<NodeLatencies>> SeriesReader::cache_latencies(tenant::CacheId cache,
                                                                 const TimeWindow& window,
                                                                 const Resolution& resolution) {
  const int64_t step = resolution.step_seconds;
  const TimeWindow whole{aligned(std::max<int64_t>(window.start, 0), step), window.end};
  CacheSteps steps;
  const auto done = store_.read(
      [&](Records& all) { return add_window(all.samples(), cache, step, whole, steps); });
  if (!done) return std::unexpected(done.error());
  std::vector<NodeLatencies> nodes;
  for (const auto& [node, samples] : steps.cache) {
    std::vector<LatencyPoint> points;
    for (const auto& [start, sample] : samples) {
      if (start < whole.start || start >= whole.end || sample.latency.requests_count == 0) continue;
      points.push_back(latency_point(start, unpack_sums(sample.latency)));
    }
    if (!points.empty()) nodes.push_back({node, std::move(points)});
  }
  return nodes;
}

Result<std::vector<NodeLatencies>> SeriesReader::latencies(const TimeWindow& window,
                                                           const Resolution& resolution) {
  const int64_t step = resolution.step_seconds;
  std::vector<LatencyRecord> records;
  const auto done = store_.read([&](Records& all) -> Status {
    const TimeWindow whole{aligned(std::max<int64_t>(window.start, 0), step), window.end};
    auto found = all.samples().latencies(step, whole);
    if (!found) return std::unexpected(found.error());
    records = std::move(*found);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  std::map<uint32_t, std::vector<LatencyPoint>> by_node;
  for (const LatencyRecord& record : records) {
    if (record.requests_count == 0) continue;
    by_node[record.node].push_back(latency_point(
        record.start,
        {record.requests_count, record.busy_ns, unpack_counts(record.packed_counts)}));
  }
  std::vector<NodeLatencies> nodes;
  for (auto& [node, points] : by_node) nodes.push_back({node, std::move(points)});
  return nodes;
}

std::vector<SpanPoint> merged(const std::vector<NodeSpans>& nodes) {
  std::map<int64_t, Span> sums;
  for (const NodeSpans& node : nodes) {
    for (const SpanPoint& point : node.points) {
      Span& sum = sums[point.start];
      sum.seconds = std::max(sum.seconds, point.span.seconds);
      sum.has_levels |= point.span.has_levels;
      for (size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += point.span.values[i];
    }
  }
  std::vector<SpanPoint> points;
  for (const auto& [start, span] : sums) points.push_back({start, span});
  return points;
}

}  // namespace cachery::control
