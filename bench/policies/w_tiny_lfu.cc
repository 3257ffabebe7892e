// W-TinyLFU (Einziger, Friedman, Manes, TOS'17), sized in bytes: a window of 1 % in LRU order
// before a segmented LRU (a fifth on probation) that admits by frequency, counted in a sketch of 4
// rows of small counters that are halved after ten requests an item.
#include <algorithm>
#include <utility>

#include "bench/policies/policy.h"

namespace cachery::bench {
namespace {

class Sketch {
 public:
  explicit Sketch(size_t keys) : counters_(std::max<size_t>(keys, 64) * kRows) {}
  void add(uint32_t key) {
    for (size_t row = 0; row < kRows; ++row) {
      uint8_t& counter = counters_[at(key, row)];
      if (counter < 15) ++counter;
    }
    if (++added_ < counters_.size() / kRows * 10) return;
    for (uint8_t& counter : counters_) counter /= 2;
    added_ /= 2;
  }
  uint8_t of(uint32_t key) const {
    uint8_t least = 15;
    for (size_t row = 0; row < kRows; ++row) least = std::min(least, counters_[at(key, row)]);
    return least;
  }

 private:
  static constexpr size_t kRows = 4;
  size_t at(uint32_t key, size_t row) const {
    const uint64_t hash = (key + 1) * (0x9e3779b97f4a7c15 + row * 0x6a09e667f3bcc908);
    return (hash >> 20) % (counters_.size() / kRows) * kRows + row;
  }
  std::vector<uint8_t> counters_;
  size_t added_ = 0;
};

class WTinyLfu : public Policy {
 public:
  WTinyLfu(const Trace& trace, uint64_t limit_bytes)
      : Policy(trace, limit_bytes), sketch_(trace.keys.size()) {}

 protected:
  bool holds(uint32_t key) const override { return nodes_[key].list != 0; }
  void use(uint32_t key) override {
    sketch_.add(key);
    KeyList& from = list_of(key);
    from.erase(key);
    (&from == &window_ ? window_ : protected_).push(key);
    while (protected_.bytes() > limit_bytes_ * 99 / 100 * 8 / 10) {
      const uint32_t demoted = protected_.oldest();
      protected_.erase(demoted);
      probation_.push(demoted);
    }
  }
  void insert(uint32_t key) override {
    sketch_.add(key);
    window_.push(key);
    while (window_.bytes() > limit_bytes_ / 100) {
      candidate_ = window_.oldest();
      window_.erase(candidate_);
      probation_.push(candidate_);
    }
  }
  void erase(uint32_t key) override { list_of(key).erase(key); }
  // What came out of the window last against what is next to leave: the more frequent one stays.
  void evict_one() override {
    const uint32_t victim = probation_.size() > 0   ? probation_.oldest()
                            : protected_.size() > 0 ? protected_.oldest()
                                                    : window_.oldest();
    const uint32_t candidate = std::exchange(candidate_, KeyList::kNone);
    const bool is_contest = candidate != KeyList::kNone && probation_.holds(candidate);
    drop(is_contest && sketch_.of(candidate) <= sketch_.of(victim) ? candidate : victim);
  }
  uint64_t bytes() const override {
    return window_.bytes() + probation_.bytes() + protected_.bytes();
  }
  uint64_t items() const override { return window_.size() + probation_.size() + protected_.size(); }

 private:
  KeyList& list_of(uint32_t key) {
    return window_.holds(key) ? window_ : probation_.holds(key) ? probation_ : protected_;
  }
  void drop(uint32_t key) {
    ++evictions_;
    erase(key);
  }

  Sketch sketch_;
  KeyList window_{nodes_, 1};
  KeyList probation_{nodes_, 2};
  KeyList protected_{nodes_, 3};
  uint32_t candidate_ = KeyList::kNone;
};

}  // namespace

std::unique_ptr<Policy> make_w_tiny_lfu(const Trace& trace, uint64_t limit_bytes) {
  return std::make_unique<WTinyLfu>(trace, limit_bytes);
}

}  // namespace cachery::bench
