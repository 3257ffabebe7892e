// For tests: a node that keeps what it was told, as strictly as a real one (revisions only grow),
// and can be made to fail. Nothing listens and nothing is cached.
#pragma once

#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/fake_introspection.h"
#include "tenant/node.h"
#include "tenant/table.h"

namespace cachery::control {

class FakeNode final : public tenant::Node {
 public:
  Status publish(std::shared_ptr<const tenant::TenantTable> table) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return std::unexpected(*failure_);
    if (table_ && table->revision() <= table_->revision()) {
      return fail(Fault::internal, "the revision did not grow");
    }
    table_ = std::move(table);
    return {};
  }

  Status flush(tenant::CacheId cache) override {
    const std::lock_guard lock(mutex_);
    if (auto known = check(cache); !known) return known;
    flushed_.push_back(cache);
    return {};
  }

  Result<tenant::CounterValues> counters(tenant::CacheId cache) const override {
    const std::lock_guard lock(mutex_);
    if (auto known = check(cache); !known) return std::unexpected(known.error());
    if (const auto at = counters_.find(cache); at != counters_.end()) return at->second;
    tenant::CounterValues values;
    values[tenant::Counter::get_hits] = 7;
    return values;
  }

  Status reset_counters(tenant::CacheId cache) override {
    const std::lock_guard lock(mutex_);
    if (auto known = check(cache); !known) return known;
    counters_reset_.push_back(cache);
    return {};
  }

  std::vector<tenant::NodeLatency> latencies() const override {
    const std::lock_guard lock(mutex_);
    return latencies_;
  }
  std::vector<tenant::NodeCacheLatencies> cache_latencies(
      std::optional<tenant::CacheId> only) const override {
    const std::lock_guard lock(mutex_);
    tenant::NodeCacheLatencies node;
    for (const auto& [cache, latency] : cache_latencies_) {
      if (!only || cache == *only) node.caches.push_back(latency);
    }
    return {std::move(node)};
  }
  std::vector<tenant::NodeActivity> activity() const override {
    const std::lock_guard lock(mutex_);
    return activity_;
  }

  std::vector<tenant::NodeStatus> status() const override {
    const std::lock_guard lock(mutex_);
    return statuses_;
  }

  std::vector<tenant::CredentialUse> take_credential_uses() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(credential_uses_, {});
  }

  FakeIntrospection& introspection() override { return introspection_; }

  std::string metrics() const override {
    return "# HELP cachery_up Whether the node answers\n# TYPE cachery_up gauge\ncachery_up 1\n";
  }

  tenant::Snapshot snapshot() const {
    const std::lock_guard lock(mutex_);
    return table_ ? table_->snapshot() : tenant::Snapshot{};
  }
  std::vector<tenant::CacheId> flushed() const {
    const std::lock_guard lock(mutex_);
    return flushed_;
  }
  // What the node is to say of itself from now on.
  void set_latencies(std::vector<tenant::NodeLatency> latencies) {
    const std::lock_guard lock(mutex_);
    latencies_ = std::move(latencies);
  }
  // One more request of a cache, of that long.
  void add_cache_latency(tenant::CacheId cache, tenant::Family family, uint64_t ns,
                         uint64_t count = 1) {
    const std::lock_guard lock(mutex_);
    tenant::CacheLatency& latency = cache_latencies_[cache];
    latency.cache = cache;
    tenant::LatencySums more{.requests_count = count, .busy_ns = ns * count};
    more.counts[tenant::latency_bucket(ns)] = count;
    for (tenant::FamilyLatency& known : latency.families) {
      if (known.family == family) return known.sums.add(more);
    }
    latency.families.push_back({family, more});
  }
  void set_status(std::vector<tenant::NodeStatus> statuses) {
    const std::lock_guard lock(mutex_);
    statuses_ = std::move(statuses);
  }
  void add_credential_uses(const std::vector<tenant::CredentialUse>& uses) {
    const std::lock_guard lock(mutex_);
    credential_uses_.insert(credential_uses_.end(), uses.begin(), uses.end());
  }
  void set_activity(std::vector<tenant::NodeActivity> activity) {
    const std::lock_guard lock(mutex_);
    activity_ = std::move(activity);
  }
  std::vector<tenant::CacheId> counters_reset() const {
    const std::lock_guard lock(mutex_);
    return counters_reset_;
  }
  void set_counter(tenant::CacheId cache, tenant::Counter counter, uint64_t value) {
    const std::lock_guard lock(mutex_);
    counters_[cache][counter] = value;
  }
  // Until told otherwise (nullopt), every publication fails like this.
  void fail_publications(std::optional<Error> failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }

 private:
  Status check(tenant::CacheId cache) const {
    if (table_ && table_->find_cache(cache) != nullptr) return {};
    return fail(Fault::not_found, "the node has no such cache");
  }

  FakeIntrospection introspection_;
  mutable std::mutex mutex_;
  std::shared_ptr<const tenant::TenantTable> table_;
  std::vector<tenant::CacheId> flushed_;
  std::vector<tenant::CacheId> counters_reset_;
  std::unordered_map<tenant::CacheId, tenant::CounterValues> counters_;
  std::optional<Error> failure_;
  std::vector<tenant::NodeLatency> latencies_;
  std::unordered_map<tenant::CacheId, tenant::CacheLatency> cache_latencies_;
  std::vector<tenant::NodeActivity> activity_;
  std::vector<tenant::NodeStatus> statuses_;
  std::vector<tenant::CredentialUse> credential_uses_;
};

}  // namespace cachery::control
