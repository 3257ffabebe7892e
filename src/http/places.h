// Places that are shared fairly (base/fair_shares.h) and can be taken back: connections by client,
// answers that go on by person. Whoever holds most loses one to a newcomer when all are taken; of
// its places the one goes that has waited longest for its client's bytes (a slow sender, an idle
// connection), else the oldest.
// An address that many come by (a proxy) holds places for clients who are not known yet. It has no
// bound, and when it itself holds most, its newcomer takes the place of its own slowest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/fair_shares.h"

namespace cachery::http {

// Any thread. Outlives its places.
class Places {
 public:
  using Shares = FairShares<std::string>;
  using Holder = Shares::Holder;
  using Refusal = Shares::Refusal;

  // Who wants a place. `is_shared`: many come by this address.
  struct Claim {
    std::string client = {};
    Standing standing = Standing::stranger;
    bool is_shared = false;
  };

 private:
  struct Entry {
    Holder holder = {};
    bool is_shared = false;
    bool is_lost = false;
    std::function<void()> end = {};  // called once, when the place is lost
    uint64_t waits_since = 0;        // by sequence_; 0: it does not wait
  };
  using At = std::list<Entry>::iterator;

 public:
  // Gives back what it stands for when it goes.
  class Place {
   public:
    Place() = default;  // of nobody
    Place(Places& places, At at) : places_(&places), at_(at) {}
    ~Place() {
      if (places_ != nullptr) places_->give_back(at_);
    }
    Place(Place&& other) noexcept
        : places_(std::exchange(other.places_, nullptr)), at_(other.at_) {}
    Place& operator=(Place&&) = delete;

    // What ends its holder when the place is lost: called once, from any thread, under a lock; at
    // once when it is lost already.
    void on_loss(std::function<void()> end) {
      if (places_ != nullptr) places_->on_loss(*at_, std::move(end));
    }
    void waits_for_client(bool waits) {
      if (places_ != nullptr) places_->set_waiting(*at_, waits);
    }
    // Who it is, is known now. Another answer than none: that one has its share, the place stays
    // whose it was, and the caller ends it.
    Refusal move_to(const Claim& claim) {
      return places_ == nullptr ? Refusal::none : places_->move(*at_, claim);
    }

   private:
    Places* places_ = nullptr;
    At at_ = {};
  };

  explicit Places(const FairSharesBounds& bounds) : shares_(bounds) {}

  std::expected<Place, Refusal> take(const Claim& claim) {
    const std::lock_guard lock(mutex_);
    const Holder holder{claim.client, claim.standing};
    auto verdict = shares_.take(holder, {.is_bounded = !claim.is_shared});
    if (verdict.refusal == Refusal::all_taken && claim.is_shared && lose_own_waiting(holder)) {
      verdict = shares_.take(holder, {.is_bounded = false});
    }
    if (!verdict) return std::unexpected(verdict.refusal);
    if (verdict.loses) lose(*verdict.loses);
    entries_.push_back({.holder = holder, .is_shared = claim.is_shared});
    return std::expected<Place, Refusal>(std::in_place, *this, std::prev(entries_.end()));
  }

  // The same, of places that nobody loses: who asks when none is free is refused.
  std::expected<Place, Refusal> take_for_good(const Claim& claim) {
    const std::lock_guard lock(mutex_);
    const Holder holder{claim.client, claim.standing};
    const auto verdict =
        shares_.take(holder, {.may_displace = false, .is_bounded = !claim.is_shared});
    if (!verdict) return std::unexpected(verdict.refusal);
    entries_.push_back({.holder = holder, .is_shared = claim.is_shared});
    return std::expected<Place, Refusal>(std::in_place, *this, std::prev(entries_.end()));
  }

  size_t taken_count() {
    const std::lock_guard lock(mutex_);
    return shares_.taken_count();
  }

 private:
  void give_back(At at) {
    const std::lock_guard lock(mutex_);
    if (!at->is_lost) shares_.give_back(at->holder);
    entries_.erase(at);
  }

  void on_loss(Entry& entry, std::function<void()> end) {
    const std::lock_guard lock(mutex_);
    if (entry.is_lost) return end();
    entry.end = std::move(end);
  }

  void set_waiting(Entry& entry, bool waits) {
    const std::lock_guard lock(mutex_);
    entry.waits_since = waits ? ++sequence_ : 0;
  }

  Refusal move(Entry& entry, const Claim& claim) {
    const std::lock_guard lock(mutex_);
    if (entry.is_lost) return Refusal::all_taken;
    const Holder to{claim.client, claim.standing};
    const auto verdict = shares_.move(entry.holder, to, {.is_bounded = !claim.is_shared});
    if (!verdict) return verdict.refusal;
    entry.holder = to;
    entry.is_shared = claim.is_shared;
    if (verdict.loses) lose(*verdict.loses);
    return Refusal::none;
  }

  // Its count is one less already.
  void lose(const Holder& holder) {
    Entry* chosen = nullptr;
    for (Entry& entry : entries_) {
      if (entry.is_lost || entry.holder != holder) continue;
      if (chosen == nullptr || goes_before(entry, *chosen)) chosen = &entry;
    }
    if (chosen != nullptr) end(*chosen);
  }
  static bool goes_before(const Entry& one, const Entry& other) {
    if (one.waits_since == 0) return false;
    return other.waits_since == 0 || one.waits_since < other.waits_since;
  }

  bool lose_own_waiting(const Holder& holder) {
    Entry* chosen = nullptr;
    for (Entry& entry : entries_) {
      if (entry.is_lost || entry.waits_since == 0 || entry.holder != holder) continue;
      if (chosen == nullptr || entry.waits_since < chosen->waits_since) chosen = &entry;
    }
    if (chosen == nullptr) return false;
    shares_.give_back(holder);
    end(*chosen);
    return true;
  }

  static void end(Entry& entry) {
    entry.is_lost = true;
    if (entry.end) std::exchange(entry.end, nullptr)();
  }

  std::mutex mutex_;
  // guarded by mutex_
  Shares shares_;
  std::list<Entry> entries_;  // the oldest first
  uint64_t sequence_ = 0;
};

}  // namespace cachery::http
