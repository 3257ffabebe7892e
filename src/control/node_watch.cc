#include "control/node_watch.h"

#include <algorithm>

namespace cachery::control {
namespace {

constexpr size_t kLooksMax = 3;

}  // namespace

Status NodeWatch::look(const Now& now) {
  Look look{now, node_.latencies()};
  const std::lock_guard lock(mutex_);
  looks_.push_back(std::move(look));
  if (looks_.size() > kLooksMax) looks_.pop_front();
  return {};
}

std::vector<NodeWatch::Growth> NodeWatch::growths() const {
  Look before;
  {
    const std::lock_guard lock(mutex_);
    if (!looks_.empty()) before = looks_.front();
  }
  const double seconds = static_cast<double>(clock_.now().steady_ns - before.at.steady_ns) / 1e9;
  std::vector<Growth> growths;
  for (const tenant::NodeLatency& now : node_.latencies()) {
    const auto known = std::ranges::find(before.sums, now.node, &tenant::NodeLatency::node);
    if (known == before.sums.end() || seconds <= 0) {
      growths.push_back({.sums = {.node = now.node}});
    } else {
      growths.push_back({.seconds = seconds, .sums = growth_of(*known, now)});
    }
  }
  return growths;
}

std::vector<LatencySummary> NodeWatch::latencies() const {
  std::vector<LatencySummary> all;
  for (const Growth& growth : growths()) all.push_back(summarize(growth.sums, growth.seconds));
  return all;
}

std::vector<NodeReport> NodeWatch::report() const {
  const std::vector<Growth> all = growths();
  std::vector<NodeReport> reports;
  for (tenant::NodeStatus& status : node_.status()) {
    NodeReport report{.status = std::move(status)};
    const uint64_t workers = report.status.workers_count;
    for (const Growth& growth : all) {
      if (growth.sums.node != report.status.node) continue;
      report.latency = summarize(growth.sums, growth.seconds);
      if (growth.seconds <= 0 || workers == 0) continue;
      const double whole_ns = growth.seconds * 1e9 * static_cast<double>(workers);
      report.load = std::min(static_cast<double>(growth.sums.processor_ns) / whole_ns, 1.0);
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace cachery::control
