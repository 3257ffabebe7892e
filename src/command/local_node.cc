#include "command/local_node.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>

#include "base/log.h"
#include "base/resident_memory.h"

namespace cachery::command {
namespace {

// A worker answers within a turn; one that does not is a bug that must not take the API with it.
constexpr std::chrono::seconds kWorkerPatience{2};

class Countdown {
 public:
  explicit Countdown(size_t count) : left_(count) {}
  void count() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) is_zero_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return is_zero_.wait_for(lock, kWorkerPatience, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable is_zero_;
  size_t left_;
};

}  // namespace

LocalNode::LocalNode(Parts parts, std::function<std::string()> other_metrics)
    : parts_(parts), other_metrics_(std::move(other_metrics)), introspection_(parts.executor) {}

Status LocalNode::publish(std::shared_ptr<const tenant::TenantTable> table) {
  const std::lock_guard publishing(publish_mutex_);
  {
    const std::lock_guard lock(mutex_);
    if (table_ && table->revision() <= table_->revision()) {
      return fail(Fault::conflict, fmt::format("revision {} came after revision {}",
                                               table->revision(), table_->revision()));
    }
    if (table_) retired_.push_back(table_);
    table_ = table;
  }
  parts_.executor.apply(table);
  parts_.acceptor.set_table(*table);
  auto countdown = std::make_shared<Countdown>(parts_.workers.size());
  for (const auto& worker : parts_.workers) {
    worker->set_table(table, [countdown] { countdown->count(); });
  }
  const bool is_in_force = countdown->wait();
  free_retired();
  if (is_in_force) return {};
  return fail(Fault::unavailable, "a worker did not take the change in time");
}

// What a worker still has, that did not take a change in time, is left to the next change.
void LocalNode::free_retired() {
  std::erase_if(retired_, [](const auto& table) { return table.use_count() == 1; });
}

Result<tenant::Limits> LocalNode::limits_of(tenant::CacheId id) const {
  const std::lock_guard lock(mutex_);
  const tenant::Cache* cache = table_ ? table_->find_cache(id) : nullptr;
  if (cache == nullptr) return fail(Fault::not_found, fmt::format("there is no cache {}", id));
  return cache->limits;
}

Status LocalNode::flush(tenant::CacheId id) {
  if (const auto found = limits_of(id); !found) return std::unexpected(found.error());
  if (const auto cache = parts_.executor.find_used(id)) cache->flush();
  return {};
}

Result<tenant::CounterValues> LocalNode::counters(tenant::CacheId id) const {
  const auto limits = limits_of(id);
  if (!limits) return std::unexpected(limits.error());
  if (const auto cache = parts_.executor.find_used(id)) return cache->counters();
  tenant::CounterValues values;  // never used
  values[tenant::Counter::limit_maxbytes] = limits->memory_bytes;
  return values;
}

Status LocalNode::reset_counters(tenant::CacheId id) {
  if (const auto found = limits_of(id); !found) return std::unexpected(found.error());
  if (const auto cache = parts_.executor.find_used(id)) cache->reset_counters();
  return {};
}

std::vector<tenant::NodeLatency> LocalNode::latencies() const {
  tenant::NodeLatency latency;
  for (const auto& worker : parts_.workers) {
    const serve::NodeCounters& counters = worker->counters();
    latency.processor_ns += worker->processor_ns();
    for (const serve::LatencyHistogram& family : counters.latency) family.add_to(latency.sums);
  }
  return {latency};
}

std::vector<tenant::NodeCacheLatencies> LocalNode::cache_latencies(
    std::optional<tenant::CacheId> only) const {
  tenant::NodeCacheLatencies node;
  if (only) {
    const auto cache = parts_.executor.find_used(*only);
    if (cache) node.caches.push_back(cache->latency());
  } else {
    for (const auto& cache : parts_.executor.used_caches()) node.caches.push_back(cache->latency());
  }
  return {std::move(node)};
}

std::vector<tenant::NodeActivity> LocalNode::activity() const {
  tenant::NodeActivity activity;
  for (const auto& cache : parts_.executor.used_caches()) {
    activity.caches.push_back({cache->id(), cache->lifetime_counters()});
  }
  return {std::move(activity)};
}

std::vector<tenant::NodeStatus> LocalNode::status() const {
  const store::Pool& pool = parts_.executor.pool();
  tenant::NodeStatus status{.version = parts_.version,
                            .started_unix_seconds = parts_.started_unix_seconds,
                            .workers_count = parts_.workers.size(),
                            .memory_limit_bytes = pool.memory_bytes(),
                            .memory_used_bytes = pool.allocated_bytes(),
                            .memory_resident_bytes = resident_memory_bytes()};
  for (const auto& worker : parts_.workers) {
    status.connections_count += worker->connections();
  }
  for (const auto& cache : parts_.executor.used_caches()) {
    status.memory_charged_bytes += cache->charged_bytes();
    ++status.used_caches_count;
  }
  const std::lock_guard lock(mutex_);
  status.caches_count = table_ ? table_->caches_count() : 0;
  return {std::move(status)};
}

std::vector<tenant::CredentialUse> LocalNode::take_credential_uses() {
  std::vector<tenant::CredentialUse> uses;
  for (const auto& worker : parts_.workers) {
    for (const auto& [credential, time] : worker->take_credential_uses()) {
      uses.push_back({credential, time});
    }
  }
  return uses;
}

bool LocalNode::tidy(const Now& now) { return parts_.executor.tidy(now); }

std::string LocalNode::metrics() const {
  std::string text = node_metrics(parts_.executor, parts_.acceptor, parts_.workers);
  text += other_metrics_();
  if (shows_caches_.load()) text += cache_metrics();
  return text;
}

std::string LocalNode::cache_metrics() const {
  std::vector<std::pair<tenant::CacheId, tenant::CounterValues>> caches;
  std::shared_ptr<const tenant::TenantTable> table;
  {
    const std::lock_guard lock(mutex_);
    table = table_;
  }
  if (!table) return {};
  for (const tenant::CacheId id : table->cache_ids()) {
    if (const auto values = counters(id)) caches.emplace_back(id, *values);
  }
  std::string text;
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    const tenant::CounterInfo& info = tenant::kCounters[i];
    const bool is_counter = info.kind == tenant::CounterKind::counter;
    const std::string name =
        fmt::format("cachery_cache_{}{}", info.name, is_counter ? "_total" : "");
    text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, info.help, name,
                        is_counter ? "counter" : "gauge");
    for (const auto& [id, values] : caches) {
      text += fmt::format("{}{{cache=\"{}\"}} {}\n", name, id, values.values[i]);
    }
  }
  return text;
}

}  // namespace cachery::command
