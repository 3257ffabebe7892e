// The shard of src/store as a replay's target, with the accounting that a cache has.
#include <algorithm>

#include "bench/replay_target.h"
#include "store/hash.h"
#include "store/shard.h"

namespace cachery::bench {
namespace {

using store::Found;
using store::Record;

constexpr uint64_t kHashSeed = 1;

class StoreTarget : public ReplayTarget {
 public:
  StoreTarget(const Trace& trace, std::unique_ptr<store::Pool> pool, uint64_t limit_bytes)
      : pool_(std::move(pool)), shard_(*pool_, kHashSeed, limit_bytes), keys_(trace.keys) {
    uint32_t value_bytes_max = 0;
    for (const TraceRequest& request : trace.requests) {
      value_bytes_max = std::max(value_bytes_max, request.value_bytes);
    }
    value_.assign(value_bytes_max, 'v');
    hashes_.reserve(keys_.size());
    for (const std::string& key : keys_) hashes_.push_back(store::hash_key(key, kHashSeed));
  }

  bool get(const TraceRequest& request) override {
    const Found found = shard_.find(hashes_[request.key], keys_[request.key], request.time);
    if (!found) return false;
    shard_.note_use(found, request.time);
    return true;
  }

  void set(const TraceRequest& request) override {
    Record::Fields fields;
    fields.expiry = request.expiry;
    fields.accessed = request.time;
    fields.cas = shard_.next_cas();
    shard_.put(hashes_[request.key], keys_[request.key],
               std::string_view(value_).substr(0, request.value_bytes), fields, request.time);
  }

  void remove(const TraceRequest& request) override {
    const Found found = shard_.find(hashes_[request.key], keys_[request.key], request.time);
    if (found) shard_.remove(hashes_[request.key], found);
  }

  ReplayTotals totals() const override {
    ReplayTotals totals;
    totals.items = shard_.items();
    totals.bytes_used = shard_.charged_bytes();
    totals.evictions = shard_.counters().evictions;
    return totals;
  }

 private:
  std::unique_ptr<store::Pool> pool_;
  store::Shard shard_;
  const std::vector<std::string>& keys_;
  std::vector<uint64_t> hashes_;
  std::string value_;
};

}  // namespace

std::unique_ptr<ReplayTarget> make_store_target(const Trace& trace, uint64_t limit_bytes) {
  auto pool = store::Pool::open(limit_bytes * 2 + (uint64_t{64} << 20));
  if (!pool) return nullptr;
  return std::make_unique<StoreTarget>(trace, std::move(*pool), limit_bytes);
}

ReplayTotals replay(const Trace& trace, ReplayTarget& target) {
  uint64_t gets = 0;
  uint64_t misses = 0;
  for (const TraceRequest& request : trace.requests) {
    switch (request.op) {
      case TraceOp::get:
        ++gets;
        if (target.get(request)) break;
        ++misses;
        target.set(request);
        break;
      case TraceOp::set: target.set(request); break;
      case TraceOp::remove: target.remove(request); break;
    }
  }
  ReplayTotals totals = target.totals();
  totals.gets = gets;
  totals.misses = misses;
  return totals;
}

}  // namespace cachery::bench
