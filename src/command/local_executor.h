// The Executor on this node's own shards, and the directory of its caches.
//
// A batch is answered in order. While requests fall on one shard its lock is held, and memory is
// fetched ahead in two steps: an index line for the request some places ahead, an item for the one
// half as far.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "command/client_flushes.h"
#include "command/local_cache.h"
#include "serve/executor.h"
#include "tenant/table.h"

namespace cachery::command {

struct ExecutorSettings {
  size_t workers = 1;
  uint32_t item_bytes_max = 0;
  Now started = SystemClock().now();  // by the clock that the calls' times are of
  // Called by workers, without a lock, when tidy() has work that others wait for. Never waits.
  std::function<void()> wake_housekeeper = [] {};
};

class LocalExecutor final : public serve::Executor {
 public:
  LocalExecutor(store::Pool& pool, const ExecutorSettings& settings);

  // Caches that the table does not know any more are let go, limits are put in force. Any thread.
  void apply(std::shared_ptr<const tenant::TenantTable> table);

  std::shared_ptr<serve::CacheUse> use(tenant::CacheId id, size_t worker) override;
  void prepare(serve::CacheUse& use, std::span<protocol::Request> batch, size_t first) override;
  size_t execute(serve::CacheUse& use, std::span<const protocol::Request> requests, const Now& now,
                 protocol::Output& out) override;
  BlockSource* block_source() override { return &pool_; }
  uint64_t look_ahead(serve::CacheUse& use, std::string_view key) override;
  void fetch_ahead(serve::CacheUse& use, uint64_t hash) override;
  void flush(serve::CacheUse& use, int64_t exptime, const Now& now) override;
  void note_flush(serve::CacheUse& use, std::string_view credential, std::string_view address,
                  const Now& now) override;
  tenant::CounterValues counters(serve::CacheUse& use) override;
  void reset_counters(serve::CacheUse& use) override;

  // The cache, made if the table has it; null if not. Any thread.
  std::shared_ptr<LocalCache> find(tenant::CacheId id);
  // The cache if it was ever used, else null: a look must not make one.
  std::shared_ptr<LocalCache> find_used(tenant::CacheId id) const;
  std::vector<std::shared_ptr<LocalCache>> used_caches() const;
  // A slice of the work that no worker needs to do, of caches that are gone as well: what they held
  // is freed here, whoever used them last. Of very many caches some thousand in turn. True when
  // there is more. One thread.
  bool tidy(const Now& time);
  // The one by which all items here are stored, looked at and swept.
  const ItemClock& item_clock() const { return item_clock_; }
  bool knows(tenant::CacheId id) const;  // the table has it
  uint64_t hash(std::string_view key) const;
  ClientFlushes& client_flushes() { return client_flushes_; }
  const ClientFlushes& client_flushes() const { return client_flushes_; }
  const store::Pool& pool() const { return pool_; }

 private:
  // Walks through all caches, some thousand at a time.
  struct Round {
    size_t bucket = 0;  // of caches_: the last one looked at
    bool is_complete = false;
  };
  void take_next(Round& round, std::vector<std::shared_ptr<LocalCache>>& to) const;
  std::vector<std::shared_ptr<LocalCache>> next_to_tidy();
  bool divide_memory(uint32_t now);

  store::Pool& pool_;
  const ExecutorSettings settings_;
  const ItemClock item_clock_;
  const uint64_t hash_seed_;
  ClientFlushes client_flushes_;

  mutable std::mutex mutex_;
  // guarded by mutex_
  std::shared_ptr<const tenant::TenantTable> table_;
  std::unordered_map<tenant::CacheId, std::shared_ptr<LocalCache>> caches_;
  std::vector<std::shared_ptr<LocalCache>> gone_;  // from the table, and not yet from all users
  std::vector<std::shared_ptr<LocalCache>> busy_;  // whose tidying is not done
  Round tidied_;
  Round measured_;
  // The housekeeper only.
  double round_level_ = 0;  // the highest since measured_ began anew
};

}  // namespace cachery::command
