// S3-FIFO (Yang et al., SOSP'23), sized in bytes: a small queue of a tenth of the cache with a
// ghost of nine tenths, and its adaptive form, which the store builds on segments: two ghosts, of
// what small and what main evicted, shift the small queue's target between 1 % and 95 %.
#include <algorithm>

#include "bench/policies/policy.h"

namespace cachery::bench {
namespace {

class S3Fifo : public Policy {
 public:
  S3Fifo(const Trace& trace, uint64_t limit_bytes, SmallQueue small)
      : Policy(trace, limit_bytes),
        is_adaptive_(small == SmallQueue::adaptive),
        small_target_(limit_bytes / 10) {}

 protected:
  bool holds(uint32_t key) const override { return small_.holds(key) || main_.holds(key); }
  void use(uint32_t key) override {
    nodes_[key].uses = static_cast<uint8_t>(std::min(nodes_[key].uses + 1, 3));
  }
  void recall(uint32_t key) override {
    is_recalled_ = true;
    if (ghost_small_.holds(key)) {
      adapt(ghost_small_, ghost_main_, nodes_[key].charge);
      ghost_small_.erase(key);
    } else if (ghost_main_.holds(key)) {
      adapt(ghost_main_, ghost_small_, nodes_[key].charge);
      ghost_main_.erase(key);
    } else {
      is_recalled_ = was_main_;
    }
    was_main_ = false;
  }
  void insert(uint32_t key) override {
    nodes_[key].uses = uses_kept_;
    uses_kept_ = 0;
    (is_recalled_ ? main_ : small_).push(key);
  }
  void overwrite(uint32_t key) override {
    was_main_ = main_.holds(key);
    use(key);
    uses_kept_ = nodes_[key].uses;
    erase(key);
  }
  void erase(uint32_t key) override { (small_.holds(key) ? small_ : main_).erase(key); }
  void evict_one() override {
    const bool is_small = small_.bytes() > small_target_ || main_.size() == 0;
    is_small&& small_.size() > 0 ? evict_from_small() : evict_from_main();
  }
  uint64_t bytes() const override { return small_.bytes() + main_.bytes(); }
  uint64_t items() const override { return small_.size() + main_.size(); }

 private:
  void evict_from_small() {
    const uint32_t key = small_.oldest();
    small_.erase(key);
    if (nodes_[key].uses > 0) {
      nodes_[key].uses = 0;
      main_.push(key);
      return;
    }
    ++evictions_;
    remember(ghost_small_, key, limit_bytes_ * 9 / 10);
  }
  void evict_from_main() {
    while (true) {
      const uint32_t key = main_.oldest();
      main_.erase(key);
      if (nodes_[key].uses == 0) {
        ++evictions_;
        if (is_adaptive_) remember(ghost_main_, key, limit_bytes_ / 2);
        return;
      }
      --nodes_[key].uses;
      main_.push(key);
    }
  }
  void remember(KeyList& ghost, uint32_t key, uint64_t bytes_max) {
    ghost.push(key);
    while (ghost.bytes() > bytes_max) ghost.erase(ghost.oldest());
  }
  void adapt(const KeyList& recalled, const KeyList& other, uint64_t bytes) {
    if (!is_adaptive_) return;
    const uint64_t step = std::max(bytes, bytes * other.bytes() / recalled.bytes());
    const uint64_t low = limit_bytes_ / 100;
    if (&recalled == &ghost_small_) {
      small_target_ = std::min(small_target_ + step, limit_bytes_ * 95 / 100);
    } else {
      small_target_ = small_target_ > step + low ? small_target_ - step : low;
    }
  }

  const bool is_adaptive_;
  uint64_t small_target_;
  KeyList small_{nodes_, 1};
  KeyList main_{nodes_, 2};
  KeyList ghost_small_{nodes_, 3};
  KeyList ghost_main_{nodes_, 4};
  // of the key that is being stored
  bool is_recalled_ = false;
  bool was_main_ = false;
  uint8_t uses_kept_ = 0;
};

}  // namespace

std::unique_ptr<Policy> make_s3_fifo(const Trace& trace, uint64_t limit_bytes, SmallQueue small) {
  return std::make_unique<S3Fifo>(trace, limit_bytes, small);
}

}  // namespace cachery::bench
