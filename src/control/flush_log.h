// The flush log: each time that a cache was emptied, by whom and by what way. What memcache clients
// flush is held by the node and taken by a job; what the control plane flushes is noted with its
// audit row, before it is done. The newest kFlushesKept of a cache are kept.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "control/actor.h"
#include "control/flush_records.h"
#include "control/store.h"
#include "tenant/node.h"

namespace cachery::control {

inline constexpr uint32_t kFlushesKept = 10'000;
inline constexpr uint32_t kFlushPageRowsMax = 1'000;
inline constexpr int64_t kFlushRepeatSeconds = 60;  // one row counts what is repeated so long
inline constexpr int64_t kFlushLogSeconds = 5;  // between two runs of the job

struct FlushPage {
  std::vector<FlushRecord> rows = {};  // the newest first
  bool has_more = false;
};

// By what way somebody came who flushes through the control plane.
FlushOrigin flush_origin_of(ActorKind kind);

class FlushLog {
 public:
  // All must outlive it.
  FlushLog(Store& store, tenant::Node& node) : store_(store), node_(node) {}

  // In the transaction of the audit row.
  [[nodiscard]] static Status note(Records& records, const Actor& actor, tenant::CacheId cache,
                                   int64_t unix_seconds);
  // Those with a smaller id than `before`; 0: from the newest on. invalid: rows_max is 0 or above
  // kFlushPageRowsMax.
  [[nodiscard]] Result<FlushPage> list(tenant::CacheId cache, uint64_t before, uint32_t rows_max);

  // The job: takes what the node holds. What cannot be written is tried again at the next run, up
  // to tenant::kClientFlushesHeldMax of them.
  [[nodiscard]] Status run(const Now& now);

 private:
  Store& store_;
  tenant::Node& node_;
  std::vector<tenant::ClientFlush> taken_;  // the jobs' thread only
};

}  // namespace cachery::control
