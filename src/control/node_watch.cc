#include "control/node_watch.h"

#include <algorithm>

namespace cachery::control {
namespace {

constexpr size_t kLooksMax = 3;

double seconds_between(const Now& before, const Now& now) {
  return static_cast<double>(now.steady_ns - before.steady_ns) / 1e9;
}

}  // namespace

Status NodeWatch::look(const Now& now) {
  Look look{now, node_.latencies(), {}};
  for (const tenant::NodeCacheLatencies& node : node_.cache_latencies({})) {
    auto& caches = look.caches[node.node];
    for (const tenant::CacheLatency& cache : node.caches) {
      caches.emplace(cache.cache, pack_families(cache));
    }
  }
  const std::lock_guard lock(mutex_);
  looks_.push_back(std::move(look));
  if (looks_.size() > kLooksMax) looks_.pop_front();
  return {};
}

std::vector<NodeWatch::Growth> NodeWatch::growths() const {
  Now since;
  std::vector<tenant::NodeLatency> before;
  {
    const std::lock_guard lock(mutex_);
    if (!looks_.empty()) {
      since = looks_.front().at;
      before = looks_.front().nodes;
    }
  }
  const double seconds = seconds_between(since, clock_.now());
  std::vector<Growth> growths;
  for (const tenant::NodeLatency& now : node_.latencies()) {
    const auto known = std::ranges::find(before, now.node, &tenant::NodeLatency::node);
    if (known == before.end() || seconds <= 0) {
      growths.push_back({.latency = {.node = now.node}});
      continue;
    }
    Growth growth{.seconds = seconds, .latency = now};
    growth.latency.sums = growth_of(known->sums, now.sums);
    growth.latency.processor_ns -= std::min(known->processor_ns, now.processor_ns);
    growths.push_back(growth);
  }
  return growths;
}

std::vector<CacheLatencySummary> NodeWatch::latencies(tenant::CacheId cache) const {
  std::vector<CacheLatencySummary> all;
  const auto nodes = node_.cache_latencies(cache);
  const Now now = clock_.now();
  const std::lock_guard lock(mutex_);
  for (const tenant::NodeCacheLatencies& node : nodes) {
    for (const tenant::CacheLatency& latency : node.caches) {
      all.push_back(summarize_since(node.node, latency, now));
    }
  }
  return all;
}

CacheLatencySummary NodeWatch::summarize_since(uint32_t node, const tenant::CacheLatency& latency,
                                               const Now& now) const {
  if (looks_.empty()) return {.node = node};
  const Look& before = looks_.front();
  const double seconds = seconds_between(before.at, now);
  const auto known_node = before.caches.find(node);
  if (known_node == before.caches.end() || seconds <= 0) return {.node = node};
  const auto known = known_node->second.find(latency.cache);
  // A cache that the look did not know had not been used by then.
  return summarize(node, known == known_node->second.end() ? PackedFamilies{} : known->second,
                   latency, seconds);
}

std::vector<NodeReport> NodeWatch::report() const {
  const std::vector<Growth> all = growths();
  std::vector<NodeReport> reports;
  for (tenant::NodeStatus& status : node_.status()) {
    NodeReport report{.status = std::move(status)};
    const uint64_t workers = report.status.workers_count;
    for (const Growth& growth : all) {
      if (growth.latency.node != report.status.node) continue;
      report.latency = summarize(growth.latency.sums, growth.seconds);
      if (growth.seconds <= 0 || workers == 0) continue;
      const double whole_ns = growth.seconds * 1e9 * static_cast<double>(workers);
      report.load = std::min(static_cast<double>(growth.latency.processor_ns) / whole_ns, 1.0);
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace cachery::control
