// What a session hands admitted requests to. Two kinds exist: command/ answers from this node's own
// shards, a proxy from other nodes. An executor answers in the order of the requests.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "base/block_source.h"
#include "base/clock.h"
#include "base/limits.h"
#include "protocol/output.h"
#include "protocol/request.h"
#include "serve/node_counters.h"
#include "serve/rate_limit.h"
#include "tenant/counters.h"
#include "tenant/snapshot.h"

namespace cachery::serve {

// Counters of one cache that one worker alone adds to and anybody reads: exact, and no cache line
// is written by two cores.
class WorkerCounters {
 public:
  void add(tenant::Counter counter, uint64_t count = 1) {
    auto& value = values_[static_cast<size_t>(counter)];
    value.store(value.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  uint64_t get(tenant::Counter counter) const {
    return values_[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, tenant::kCounterCount> values_{};
};

// What all connections of one cache share on a node.
struct CacheTraffic {
  std::atomic<uint32_t> connections{0};
  RateLimit requests;
  RateLimit bytes;
  std::atomic<uint64_t> block_bytes{0};  // of the executor's blocks, in which requests arrive
};

// What one cache's connections had of a turn of a worker's loop: bytes of requests and answers, the
// work that those bytes do not explain (limits::kEvictionWork), and the time for those who were
// served late.
struct TurnShare {
  size_t bytes = 0;
  size_t work = 0;
  size_t work_max = limits::kLoneTurnWork;  // the executor stops a batch beyond it
  uint64_t ticket =
      0;  // of the first request: it keeps it while it is given again, no other has it
  uint64_t ns = 0;
};

// One worker's hold on one cache. Kept alive by the connections that use it.
class CacheUse {
 public:
  explicit CacheUse(CacheTraffic& traffic) : traffic_(traffic) {}
  virtual ~CacheUse() = default;

  // From about so many bytes on the cache would keep a request's block, if it is of the executor's
  // block_source().
  virtual size_t block_bytes_min() const { return SIZE_MAX; }

  WorkerCounters counters;
  UseLatency latency;
  CacheTraffic& traffic() { return traffic_; }

  // `turn`: its steady time, which no two turns share.
  TurnShare& spent(uint64_t turn) {
    if (turn != turn_) spent_ = {};
    turn_ = turn;
    return spent_;
  }

 private:
  CacheTraffic& traffic_;
  uint64_t turn_ = 0;
  TurnShare spent_;
};

class Executor {
 public:
  virtual ~Executor() = default;

  // Null: the node knows no such cache. Any thread.
  virtual std::shared_ptr<CacheUse> use(tenant::CacheId cache, size_t worker) = 0;

  // Of a batch that is still being parsed, requests from `first` on are new: each is prepared once,
  // before it is executed. Starts to fetch what they need.
  virtual void prepare(CacheUse& use, std::span<protocol::Request> batch, size_t first) = 0;
  // Answers requests in order until all are answered, `out` holds enough to be sent, or the turn's
  // work is done (use.spent()); returns how many. None: the first one wants more work than a turn
  // allows. It has had a part and is to be given again in the next turn. Called by the worker of
  // `use` alone, as are the others below.
  virtual size_t execute(CacheUse& use, std::span<const protocol::Request> requests, const Now& now,
                         protocol::Output& out) = 0;
  // Null: it keeps no blocks. As long as the executor lives; any thread.
  virtual BlockSource* block_source() { return nullptr; }
  // A request for `key` will follow: starts to fetch what it needs and returns what fetch_ahead,
  // some requests nearer to it, is told. Only hints, and cheap ones.
  virtual uint64_t look_ahead(CacheUse&, std::string_view) { return 0; }
  virtual void fetch_ahead(CacheUse&, uint64_t) {}
  // `exptime` as the client gave it; 0 and less: at once.
  virtual void flush(CacheUse& use, int64_t exptime, const Now& now) = 0;
  // For the flush log: who asked for it, from where. Never waits.
  virtual void note_flush(CacheUse&, std::string_view /*credential*/, std::string_view /*address*/,
                          const Now&) {}
  virtual tenant::CounterValues counters(CacheUse& use) = 0;
  virtual void reset_counters(CacheUse& use) = 0;
};

}  // namespace cachery::serve
