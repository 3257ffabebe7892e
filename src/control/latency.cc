#include "control/latency.h"

#include <algorithm>

#include "control/varint.h"

namespace cachery::control {

tenant::LatencySums growth_of(const tenant::LatencySums& before, const tenant::LatencySums& now) {
  if (now.requests_count < before.requests_count) return now;
  tenant::LatencySums grown = now;
  grown.requests_count -= before.requests_count;
  grown.busy_ns -= std::min(before.busy_ns, now.busy_ns);
  for (size_t i = 0; i < grown.counts.size(); ++i) {
    grown.counts[i] -= std::min(before.counts[i], now.counts[i]);
  }
  return grown;
}

LatencySummary summarize(const tenant::LatencySums& sums, double seconds) {
  LatencySummary summary{.seconds = seconds, .requests_count = sums.requests_count};
  if (sums.requests_count == 0) return summary;
  summary.mean_ns = static_cast<double>(sums.busy_ns) / static_cast<double>(sums.requests_count);
  summary.p50_ns = tenant::latency_quantile_ns(sums.counts, 0.5);
  summary.p99_ns = tenant::latency_quantile_ns(sums.counts, 0.99);
  return summary;
}

std::string pack_counts(const tenant::LatencyCounts& counts) {
  std::string out;
  size_t last = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    put_varint(i - last, out);
    put_varint(counts[i], out);
    last = i;
  }
  return out;
}

tenant::LatencyCounts unpack_counts(std::string_view bytes) {
  tenant::LatencyCounts counts{};
  uint64_t bucket = 0;
  while (!bytes.empty()) {
    const auto distance = take_varint(bytes);
    const auto count = take_varint(bytes);
    if (!distance || !count || *distance >= counts.size()) return {};
    bucket += *distance;
    if (bucket >= counts.size()) return {};
    counts[bucket] = *count;
  }
  return counts;
}

void PackedLatency::add(const PackedLatency& other) {
  if (other.requests_count == 0) return;
  tenant::LatencySums sums = unpack_sums(*this);
  sums.add(unpack_sums(other));
  *this = pack_sums(sums);
}

PackedLatency pack_sums(const tenant::LatencySums& sums) {
  return {sums.requests_count, sums.busy_ns, pack_counts(sums.counts)};
}

tenant::LatencySums unpack_sums(const PackedLatency& packed) {
  return {packed.requests_count, packed.busy_ns, unpack_counts(packed.counts)};
}

tenant::LatencySums coarse(const tenant::LatencySums& sums) {
  tenant::LatencySums folded = sums;
  for (size_t i = 1; i + 2 < folded.counts.size(); i += 2) {
    folded.counts[i + 1] += folded.counts[i];
    folded.counts[i] = 0;
  }
  return folded;
}

tenant::LatencySums sum_of(const tenant::CacheLatency& latency) {
  tenant::LatencySums sum;
  for (const tenant::FamilyLatency& family : latency.families) sum.add(family.sums);
  return sum;
}

PackedFamilies pack_families(const tenant::CacheLatency& latency) {
  PackedFamilies packed;
  for (const tenant::FamilyLatency& family : latency.families) {
    packed.push_back({family.family, pack_sums(family.sums)});
  }
  return packed;
}

CacheLatencySummary summarize(uint32_t node, const PackedFamilies& before,
                              const tenant::CacheLatency& now, double seconds) {
  CacheLatencySummary summary{.node = node};
  tenant::LatencySums all;
  for (const tenant::FamilyLatency& family : now.families) {
    const auto known = std::ranges::find(before, family.family, &PackedFamily::family);
    const tenant::LatencySums grown =
        known == before.end() ? family.sums : growth_of(unpack_sums(known->sums), family.sums);
    all.add(grown);
    summary.families.push_back({family.family, summarize(grown, seconds)});
  }
  summary.all = summarize(all, seconds);
  return summary;
}

}  // namespace cachery::control
