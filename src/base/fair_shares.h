// Divides a fixed number of places among strangers or tenants who compete for them: HTTP
// connections by address, live streams by person, turns to hash a password. First come, first
// served lets one take them all; this gives each a share.
//
// - As long as places are free, whoever asks gets one, up to what one may hold (`of_one_max`).
// - When none is free, a newcomer gets one from whoever holds most, if that one still holds at
//   least as many as the newcomer afterwards. The caller ends one of that holder's places; which
//   one is its choice (the slowest, the oldest).
// - A part of the places is kept for those who are known (they have logged in, signed in, hold a
//   session): strangers never get into it, however many they are. Outside of it, the known and
//   strangers compete alike.
//
// Only counts, no clock, no thread, no lock: the owner of the places guards it. Taking costs
// O(log holders) and allocates, so it is for connections and for rare requests, not for each
// request to a cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/check.h"

namespace cachery {

enum class Standing : uint8_t { stranger, known };

struct FairSharesBounds {
  size_t places_max = 0;
  size_t of_one_max = 0;      // 0: no bound but `places_max`
  size_t kept_for_known = 0;  // of places_max
};

template <typename Key>
class FairShares {
 public:
  // Holds places. One key may hold some as a stranger and others as one who is known, and the two
  // count apart.
  struct Holder {
    Key key = {};
    Standing standing = Standing::stranger;
    auto operator<=>(const Holder&) const = default;
  };

  enum class Refusal : uint8_t { none, has_its_share, all_taken };

  struct Verdict {
    Refusal refusal = Refusal::none;  // none: the newcomer holds one more
    // The caller ends one place of this holder, which no longer counts: it is not to be given back.
    std::optional<Holder> loses = {};
    explicit operator bool() const { return refusal == Refusal::none; }
  };

  explicit FairShares(const FairSharesBounds& bounds) : bounds_(bounds) {
    CHECK(bounds.kept_for_known <= bounds.places_max);
  }

  struct Wish {
    bool may_displace = true;  // false: the places cannot be taken from anybody
    bool is_bounded = true;    // false: of_one_max is not for it (many come by one proxy)
  };

  Verdict take(const Holder& newcomer, const Wish& wish) {
    const size_t own_count = count_of(newcomer);
    if (wish.is_bounded && bounds_.of_one_max > 0 && own_count >= bounds_.of_one_max) {
      return {Refusal::has_its_share, {}};
    }
    if (has_room_for(newcomer.standing)) {
      add(newcomer);
      return {};
    }
    const std::optional<Holder> most =
        wish.may_displace ? holder_of_most(newcomer.standing) : std::nullopt;
    if (!most || count_of(*most) < own_count + 2) return {Refusal::all_taken, {}};
    give_back(*most);
    add(newcomer);
    return {Refusal::none, most};
  }

  Verdict take(const Holder& newcomer) { return take(newcomer, Wish()); }

  void give_back(const Holder& holder) {
    const auto at = counts_.find(holder);
    CHECK(at != counts_.end());
    auto& order = order_of(holder.standing);
    order.erase({at->second, holder.key});
    --total_of(holder.standing);
    if (--at->second == 0) {
      counts_.erase(at);
    } else {
      order.insert({at->second, holder.key});
    }
  }

  // The place turns out to be another's: somebody has logged in, or a proxy has named its client.
  // Refused: it still is whose it was, and the caller ends it.
  Verdict move(const Holder& from, const Holder& to, const Wish& wish) {
    if (from == to) return {};
    give_back(from);
    Verdict verdict = take(to, wish);
    if (!verdict) add(from);
    return verdict;
  }
  Verdict move(const Holder& from, const Holder& to) { return move(from, to, Wish()); }

  size_t count_of(const Holder& holder) const {
    const auto at = counts_.find(holder);
    return at == counts_.end() ? 0 : at->second;
  }
  size_t taken_count() const { return strangers_count_ + known_count_; }

 private:
  using Order = std::set<std::pair<size_t, Key>>;  // (how many, who)

  struct Hash {
    size_t operator()(const Holder& holder) const {
      return std::hash<Key>{}(holder.key) * 2 + static_cast<size_t>(holder.standing);
    }
  };

  bool has_room_for(Standing standing) const {
    return taken_count() < bounds_.places_max &&
           (standing == Standing::known || !is_strangers_part_full());
  }
  bool is_strangers_part_full() const {
    return strangers_count_ >= bounds_.places_max - bounds_.kept_for_known;
  }

  // The one that holds most among those whose place the newcomer may have.
  std::optional<Holder> holder_of_most(Standing newcomer) const {
    const size_t strangers_most = most_of(strangers_);
    const size_t known_most = most_of(known_);
    const bool takes_of_strangers = (newcomer == Standing::stranger && is_strangers_part_full()) ||
                                    strangers_most >= known_most;
    const Order& order = takes_of_strangers ? strangers_ : known_;
    if (order.empty()) return std::nullopt;
    return Holder{order.rbegin()->second,
                  takes_of_strangers ? Standing::stranger : Standing::known};
  }
  static size_t most_of(const Order& order) { return order.empty() ? 0 : order.rbegin()->first; }

  void add(const Holder& holder) {
    size_t& count = counts_[holder];
    auto& order = order_of(holder.standing);
    if (count > 0) order.erase({count, holder.key});
    order.insert({++count, holder.key});
    ++total_of(holder.standing);
  }

  Order& order_of(Standing standing) {
    return standing == Standing::stranger ? strangers_ : known_;
  }
  size_t& total_of(Standing standing) {
    return standing == Standing::stranger ? strangers_count_ : known_count_;
  }

  const FairSharesBounds bounds_;
  std::unordered_map<Holder, size_t, Hash> counts_;
  Order strangers_;
  Order known_;
  size_t strangers_count_ = 0;
  size_t known_count_ = 0;
};

}  // namespace cachery
