// This machine's cache node as the control plane sees it: a new table goes to the executor's
// caches, the acceptor's ports and every worker's connections, and is in force when publish
// returns.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "command/local_executor.h"
#include "command/local_introspection.h"
#include "serve/acceptor.h"
#include "serve/worker.h"
#include "tenant/node.h"

namespace cachery::command {

class LocalNode final : public tenant::Node {
 public:
  struct Parts {
    LocalExecutor& executor;
    serve::Acceptor& acceptor;
    const std::vector<std::unique_ptr<serve::Worker>>& workers;
    std::string version = {};
    int64_t started_unix_seconds = 0;
  };
  // `other_metrics`: what else the program shows of itself, in the same format.
  LocalNode(Parts parts, std::function<std::string()> other_metrics);

  [[nodiscard]] Status publish(std::shared_ptr<const tenant::TenantTable> table) override;
  [[nodiscard]] Status flush(tenant::CacheId cache) override;
  [[nodiscard]] Result<tenant::CounterValues> counters(tenant::CacheId cache) const override;
  [[nodiscard]] Status reset_counters(tenant::CacheId cache) override;
  std::vector<tenant::NodeLatency> latencies() const override;
  std::vector<tenant::NodeCacheLatencies> cache_latencies(
      std::optional<tenant::CacheId> only) const override;
  std::vector<tenant::NodeActivity> activity() const override;
  std::vector<tenant::NodeStatus> status() const override;
  std::vector<tenant::CredentialUse> take_credential_uses() override;
  tenant::Introspection& introspection() override { return introspection_; }
  std::string metrics() const override;

  // Any thread.
  void show_caches_in_metrics(bool shown) { shows_caches_.store(shown); }
  // A slice of every cache's work that no worker needs to do; true when there is more.
  bool tidy(const Now& now);

 private:
  // A copy: the table may be replaced as soon as this returns.
  [[nodiscard]] Result<tenant::Limits> limits_of(tenant::CacheId cache) const;
  std::string cache_metrics() const;
  void free_retired();

  const Parts parts_;
  const std::function<std::string()> other_metrics_;
  LocalIntrospection introspection_;
  std::atomic<bool> shows_caches_{false};
  std::mutex publish_mutex_;  // one table after the other
  // guarded by publish_mutex_: those that a worker may still have. To free a table of many
  // credentials takes tens of milliseconds, which are the publisher's to spend.
  std::vector<std::shared_ptr<const tenant::TenantTable>> retired_;

  mutable std::mutex mutex_;
  std::shared_ptr<const tenant::TenantTable> table_;  // guarded by mutex_
};

// The node's counters as Prometheus text.
std::string node_metrics(const LocalExecutor& executor, const serve::Acceptor& acceptor,
                         const std::vector<std::unique_ptr<serve::Worker>>& workers);

}  // namespace cachery::command
