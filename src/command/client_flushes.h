// Flushes that memcache clients asked for, on their way from the workers to the control plane: a
// bounded list that a worker adds to without ever waiting, and that who keeps the flush log takes.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "tenant/introspection.h"

namespace cachery::command {

class ClientFlushes {
 public:
  // Any thread, all of these. What does not fit, or comes while another thread adds or takes, is
  // dropped and counted: the flush itself was done, and is in the log of events.
  void add(tenant::ClientFlush flush) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock || flushes_.size() >= tenant::kClientFlushesHeldMax) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    flushes_.push_back(std::move(flush));
  }
  std::vector<tenant::ClientFlush> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(flushes_, {});
  }
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  std::mutex mutex_;
  std::vector<tenant::ClientFlush> flushes_;  // guarded by mutex_
  std::atomic<uint64_t> dropped_{0};
};

}  // namespace cachery::command
