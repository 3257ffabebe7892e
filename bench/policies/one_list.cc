// The orders that need one list: exact LRU, FIFO, CLOCK (one bit) and SIEVE (Zhang et al.,
// NSDI'24).
#include <string_view>

#include "bench/policies/policy.h"

namespace cachery::bench {
namespace {

class OneList : public Policy {
 public:
  OneList(const Trace& trace, uint64_t limit_bytes) : Policy(trace, limit_bytes) {}

 protected:
  bool holds(uint32_t key) const override { return list_.holds(key); }
  void use(uint32_t /*key*/) override {}
  void insert(uint32_t key) override {
    nodes_[key].uses = 0;
    list_.push(key);
  }
  void erase(uint32_t key) override { list_.erase(key); }
  void evict_one() override { evict(list_.oldest()); }
  uint64_t bytes() const override { return list_.bytes(); }
  uint64_t items() const override { return list_.size(); }

  void evict(uint32_t key) {
    ++evictions_;
    erase(key);
  }

  KeyList list_{nodes_, 1};
};

class Lru : public OneList {
 public:
  using OneList::OneList;

 protected:
  void use(uint32_t key) override {
    list_.erase(key);
    list_.push(key);
  }
};

class Clock : public OneList {
 public:
  using OneList::OneList;

 protected:
  void use(uint32_t key) override { nodes_[key].uses = 1; }
  void evict_one() override {
    while (nodes_[list_.oldest()].uses > 0) {
      const uint32_t key = list_.oldest();
      nodes_[key].uses = 0;
      list_.erase(key);
      list_.push(key);
    }
    evict(list_.oldest());
  }
};

class Sieve : public OneList {
 public:
  using OneList::OneList;

 protected:
  void use(uint32_t key) override { nodes_[key].uses = 1; }
  void erase(uint32_t key) override {
    if (hand_ == key) hand_ = nodes_[key].younger;
    list_.erase(key);
  }
  void evict_one() override {
    if (hand_ == KeyList::kNone) hand_ = list_.oldest();
    while (nodes_[hand_].uses > 0) {
      nodes_[hand_].uses = 0;
      hand_ = nodes_[hand_].younger;
      if (hand_ == KeyList::kNone) hand_ = list_.oldest();
    }
    evict(hand_);
  }

 private:
  uint32_t hand_ = KeyList::kNone;
};

}  // namespace

std::string_view policy_names() {
  return "lru, fifo, clock, sieve, s3-fifo, s3-fifo-adaptive, w-tinylfu";
}

std::unique_ptr<ReplayTarget> make_policy(std::string_view name, const Trace& trace,
                                          uint64_t limit_bytes) {
  if (name == "lru") return std::make_unique<Lru>(trace, limit_bytes);
  if (name == "fifo") return std::make_unique<OneList>(trace, limit_bytes);
  if (name == "clock") return std::make_unique<Clock>(trace, limit_bytes);
  if (name == "sieve") return std::make_unique<Sieve>(trace, limit_bytes);
  if (name == "s3-fifo") return make_s3_fifo(trace, limit_bytes, SmallQueue::fixed);
  if (name == "s3-fifo-adaptive") return make_s3_fifo(trace, limit_bytes, SmallQueue::adaptive);
  if (name == "w-tinylfu") return make_w_tiny_lfu(trace, limit_bytes);
  return nullptr;
}

}  // namespace cachery::bench
