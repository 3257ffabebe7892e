#include "control/samples.h"

#include <algorithm>
#include <numeric>

#include "control/varint.h"

namespace cachery::control {
namespace {

using tenant::Counter;
using tenant::CounterKind;
using tenant::CounterValues;
using tenant::kCounterCount;

static_assert(kCounterCount < 64, "a sample's counters are marked by the bits of one number");

bool is_gauge(size_t counter) { return tenant::kCounters[counter].kind == CounterKind::gauge; }

// Small differences of either sign are small numbers (zigzag); the arithmetic is modulo 2^64.
void put_difference(uint64_t before, uint64_t now, std::string& out) {
  const uint64_t difference = now - before;
  put_varint(difference << 1 ^ (0 - (difference >> 63)), out);
}

std::optional<uint64_t> take_difference(uint64_t before, std::string_view& bytes) {
  const auto folded = take_varint(bytes);
  if (!folded) return std::nullopt;
  return before + (*folded >> 1 ^ (0 - (*folded & 1)));
}

void put_latency(const PackedLatency& latency, std::string& out) {
  put_varint(latency.requests_count, out);
  if (latency.requests_count == 0) return;
  put_varint(latency.busy_ns, out);
  put_varint(latency.counts.size(), out);
  out += latency.counts;
}

std::optional<PackedLatency> take_latency(std::string_view& bytes) {
  const auto requests = take_varint(bytes);
  if (!requests) return std::nullopt;
  if (*requests == 0) return PackedLatency{};
  const auto busy = take_varint(bytes);
  const auto size = take_varint(bytes);
  if (!busy || !size || *size > bytes.size()) return std::nullopt;
  PackedLatency latency{*requests, *busy, std::string(bytes.substr(0, *size))};
  bytes.remove_prefix(*size);
  return latency;
}

constexpr uint64_t kMarked = 100;  // requests that a mark stands for
constexpr uint64_t kMarkedSlow = 2;

uint64_t bucket_of_quantile(const tenant::LatencyCounts& counts, double share) {
  const auto total = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  const double wanted = share * static_cast<double>(total);
  double before = 0;
  for (size_t bucket = 0; bucket < counts.size(); ++bucket) {
    before += static_cast<double>(counts[bucket]);
    if (before >= wanted) return bucket;
  }
  return counts.size() - 1;
}

// 0, or the median's bucket and one, how many buckets farther p99 is, the mean.
void put_mark(const PackedLatency& latency, std::string& out) {
  if (latency.requests_count == 0) return put_varint(0, out);
  const tenant::LatencyCounts counts = unpack_counts(latency.counts);
  const uint64_t median = bucket_of_quantile(counts, 0.5);
  put_varint(median + 1, out);
  put_varint(bucket_of_quantile(counts, 0.99) - median, out);
  put_varint(latency.busy_ns / latency.requests_count, out);
}

std::optional<PackedLatency> take_mark(std::string_view& bytes) {
  const auto median = take_varint(bytes);
  if (!median) return std::nullopt;
  if (*median == 0) return PackedLatency{};
  const auto farther = take_varint(bytes);
  const auto mean = take_varint(bytes);
  tenant::LatencySums sums{.requests_count = kMarked};
  const uint64_t last = sums.counts.size() - 1;
  if (!farther || !mean || *median - 1 > last || *farther > last - (*median - 1)) {
    return std::nullopt;
  }
  sums.busy_ns = kMarked * *mean;
  sums.counts[*median - 1] += kMarked - kMarkedSlow;
  sums.counts[*median - 1 + *farther] += kMarkedSlow;
  return pack_sums(sums);
}

// Of an entry of a frame: its cache, and its sample still packed.
struct PackedEntry {
  tenant::CacheId cache = 0;
  std::string_view sample;
};

std::optional<PackedEntry> take_entry(std::string_view& bytes, tenant::CacheId last) {
  const auto distance = take_varint(bytes);
  const auto size = take_varint(bytes);
  if (!distance || !size || *size > bytes.size()) return std::nullopt;
  const PackedEntry entry{static_cast<tenant::CacheId>(last + *distance), bytes.substr(0, *size)};
  bytes.remove_prefix(*size);
  return entry;
}

}  // namespace

void Sample::add(const Sample& other) {
  seconds += other.seconds;
  for (size_t i = 0; i < kCounterCount; ++i) sums.values[i] += other.sums.values[i];
  latency.add(other.latency);
}

Sample sample_between(const CounterValues& before, const CounterValues& now, uint64_t seconds) {
  // These two only grow for as long as a cache's counters live.
  const bool began_anew = now[Counter::bytes_read] < before[Counter::bytes_read] ||
                          now[Counter::total_connections] < before[Counter::total_connections];
  Sample sample{.seconds = seconds, .sums = {}};
  for (size_t i = 0; i < kCounterCount; ++i) {
    const uint64_t value = now.values[i];
    const uint64_t base = began_anew ? 0 : before.values[i];
    if (is_gauge(i)) {
      sample.sums.values[i] = value * seconds;
    } else if (value > base) {
      sample.sums.values[i] = value - base;
    }
  }
  return sample;
}

bool has_activity(const Sample& sample) {
  for (size_t i = 0; i < kCounterCount; ++i) {
    if (!is_gauge(i) && sample.sums.values[i] != 0) return true;
  }
  return sample.sums[Counter::curr_connections] != 0;
}

void pack(const Sample& sample, std::string& out) {
  uint64_t present = 0;
  for (size_t i = 0; i < kCounterCount; ++i) {
    if (sample.sums.values[i] != 0) present |= uint64_t{1} << i;
  }
  put_varint(sample.seconds, out);
  put_varint(present, out);
  for (const uint64_t value : sample.sums.values) {
    if (value != 0) put_varint(value, out);
  }
  if (sample.latency.requests_count > 0) put_latency(sample.latency, out);
}

std::optional<Sample> unpack(std::string_view bytes) {
  const auto seconds = take_varint(bytes);
  const auto present = take_varint(bytes);
  if (!seconds || !present || *present >> kCounterCount != 0) return std::nullopt;
  Sample sample{.seconds = *seconds, .sums = {}};
  for (size_t i = 0; i < kCounterCount; ++i) {
    if ((*present >> i & 1) == 0) continue;
    const auto value = take_varint(bytes);
    if (!value) return std::nullopt;
    sample.sums.values[i] = *value;
  }
  if (bytes.empty()) return sample;
  auto latency = take_latency(bytes);
  if (!latency) return std::nullopt;
  sample.latency = std::move(*latency);
  return sample;
}

std::string pack_chunk(const std::vector<ChunkPoint>& points) {
  std::string out;
  uint64_t present = 0;
  put_varint(points.size(), out);
  for (const ChunkPoint& point : points) {
    put_varint(point.step_index, out);
    put_varint(point.sample.seconds, out);
    for (size_t i = 0; i < kCounterCount; ++i) {
      if (point.sample.sums.values[i] != 0) present |= uint64_t{1} << i;
    }
  }
  put_varint(present, out);
  for (size_t i = 0; i < kCounterCount; ++i) {
    if ((present >> i & 1) == 0) continue;
    uint64_t last = 0;
    for (const ChunkPoint& point : points) {
      put_difference(last, point.sample.sums.values[i], out);
      last = point.sample.sums.values[i];
    }
  }
  const auto has_latency = [](const ChunkPoint& point) {
    return point.sample.latency.requests_count > 0;
  };
  if (std::ranges::none_of(points, has_latency)) return out;
  for (const ChunkPoint& point : points) put_mark(point.sample.latency, out);
  return out;
}

std::vector<ChunkPoint> unpack_chunk(std::string_view bytes) {
  std::vector<ChunkPoint> points;
  const auto count = take_varint(bytes);
  if (!count || *count > bytes.size()) return {};
  for (uint64_t i = 0; i < *count; ++i) {
    const auto index = take_varint(bytes);
    const auto seconds = take_varint(bytes);
    if (!index || !seconds) return {};
    points.push_back({static_cast<uint32_t>(*index), {.seconds = *seconds, .sums = {}}});
  }
  const auto present = take_varint(bytes);
  if (!present || *present >> kCounterCount != 0) return {};
  for (size_t i = 0; i < kCounterCount; ++i) {
    if ((*present >> i & 1) == 0) continue;
    uint64_t last = 0;
    for (ChunkPoint& point : points) {
      const auto value = take_difference(last, bytes);
      if (!value) return {};
      last = point.sample.sums.values[i] = *value;
    }
  }
  if (bytes.empty()) return points;
  for (ChunkPoint& point : points) {
    auto latency = take_mark(bytes);
    if (!latency) return {};
    point.sample.latency = std::move(*latency);
  }
  return points;
}

std::string pack_frame(const std::vector<FrameEntry>& entries) {
  std::string out;
  std::string packed;
  tenant::CacheId last = 0;
  for (const FrameEntry& entry : entries) {
    packed.clear();
    pack(entry.sample, packed);
    put_varint(entry.cache - last, out);
    put_varint(packed.size(), out);
    out += packed;
    last = entry.cache;
  }
  return out;
}

std::vector<FrameEntry> unpack_frame(std::string_view bytes) {
  std::vector<FrameEntry> entries;
  tenant::CacheId last = 0;
  while (!bytes.empty()) {
    auto entry = take_entry(bytes, last);
    if (!entry) break;
    last = entry->cache;
    if (const auto sample = unpack(entry->sample)) entries.push_back({entry->cache, *sample});
  }
  return entries;
}

std::optional<Sample> find_in_frame(std::string_view bytes, tenant::CacheId cache) {
  tenant::CacheId last = 0;
  while (!bytes.empty()) {
    auto entry = take_entry(bytes, last);
    if (!entry || entry->cache > cache) break;
    last = entry->cache;
    if (entry->cache == cache) return unpack(entry->sample);
  }
  return std::nullopt;
}

}  // namespace cachery::control
