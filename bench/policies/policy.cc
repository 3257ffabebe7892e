#include "bench/policies/policy.h"

namespace cachery::bench {

void KeyList::push(uint32_t key) {
  Node& node = nodes_[key];
  node.list = number_;
  node.older = youngest_;
  node.younger = kNone;
  if (youngest_ != kNone) nodes_[youngest_].younger = key;
  youngest_ = key;
  if (oldest_ == kNone) oldest_ = key;
  bytes_ += node.charge;
  ++size_;
}

void KeyList::erase(uint32_t key) {
  Node& node = nodes_[key];
  if (node.older != kNone) nodes_[node.older].younger = node.younger;
  if (node.younger != kNone) nodes_[node.younger].older = node.older;
  if (oldest_ == key) oldest_ = node.younger;
  if (youngest_ == key) youngest_ = node.older;
  node.list = 0;
  bytes_ -= node.charge;
  --size_;
}

Policy::Policy(const Trace& trace, uint64_t limit_bytes)
    : nodes_(trace.keys.size()), limit_bytes_(limit_bytes), trace_(trace) {}

bool Policy::get(const TraceRequest& request) {
  const uint32_t key = request.key;
  if (!holds(key)) return false;
  if (nodes_[key].expiry != 0 && nodes_[key].expiry <= request.time) {
    erase(key);
    return false;
  }
  use(key);
  return true;
}

void Policy::set(const TraceRequest& request) {
  const uint32_t key = request.key;
  if (holds(key)) overwrite(key);
  const uint64_t charge = charge_of(trace_.keys[key].size(), request.value_bytes);
  if (charge > limit_bytes_) return;
  while (bytes() + charge > limit_bytes_) evict_one();
  recall(key);
  nodes_[key].expiry = request.expiry;
  nodes_[key].charge = static_cast<uint32_t>(charge);
  insert(key);
}

void Policy::remove(const TraceRequest& request) {
  if (holds(request.key)) erase(request.key);
}

ReplayTotals Policy::totals() const {
  ReplayTotals totals;
  totals.items = items();
  totals.bytes_used = bytes();
  totals.evictions = evictions_;
  return totals;
}

}  // namespace cachery::bench
