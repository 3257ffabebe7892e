// Textbook orders to compare with, by items and exact: no segments, no dead bytes, no memory for
// their own lists. Each charges an item what the store charges (charge_of in bench/trace.h), so
// that they differ in what they keep and in nothing else. What has expired is found when it is
// asked for, as the textbooks leave it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/replay_target.h"

namespace cachery::bench {

// Null for a name that is none. The names, with commas between: policy_names().
std::unique_ptr<ReplayTarget> make_policy(std::string_view name, const Trace& trace,
                                          uint64_t limit_bytes);
std::string_view policy_names();

struct Node {
  uint32_t older = UINT32_MAX;
  uint32_t younger = UINT32_MAX;
  uint32_t charge = 0;
  uint32_t expiry = 0;
  uint8_t list = 0;  // 0: in none
  uint8_t uses = 0;
};

// A FIFO of keys through the nodes of all keys.
class KeyList {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  KeyList(std::vector<Node>& nodes, uint8_t number) : nodes_(nodes), number_(number) {}
  void push(uint32_t key);
  void erase(uint32_t key);
  uint32_t oldest() const { return oldest_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t size() const { return size_; }
  bool holds(uint32_t key) const { return nodes_[key].list == number_; }

 private:
  std::vector<Node>& nodes_;
  const uint8_t number_;
  uint32_t oldest_ = kNone;
  uint32_t youngest_ = kNone;
  uint64_t bytes_ = 0;
  uint64_t size_ = 0;
};

// What all of them share: charges, expiry, counters. A policy says where keys lie.
class Policy : public ReplayTarget {
 public:
  Policy(const Trace& trace, uint64_t limit_bytes);
  bool get(const TraceRequest& request) final;
  void set(const TraceRequest& request) final;
  void remove(const TraceRequest& request) final;
  ReplayTotals totals() const final;

 protected:
  virtual bool holds(uint32_t key) const = 0;
  virtual void use(uint32_t key) = 0;
  // Room has been made.
  virtual void insert(uint32_t key) = 0;
  // A key in a list of what is not held: forgotten before its charge changes.
  virtual void recall(uint32_t /*key*/) {}
  virtual void erase(uint32_t key) = 0;
  virtual void evict_one() = 0;
  // A key that is held is stored again; `insert` follows where this erased it.
  virtual void overwrite(uint32_t key) { erase(key); }
  virtual uint64_t bytes() const = 0;
  virtual uint64_t items() const = 0;

  std::vector<Node> nodes_;
  const uint64_t limit_bytes_;
  uint64_t evictions_ = 0;

 private:
  const Trace& trace_;
};

enum class SmallQueue { fixed, adaptive };
std::unique_ptr<Policy> make_s3_fifo(const Trace& trace, uint64_t limit_bytes, SmallQueue small);
std::unique_ptr<Policy> make_w_tiny_lfu(const Trace& trace, uint64_t limit_bytes);

}  // namespace cachery::bench
