#include "serve/connection_places.h"

#include <algorithm>

namespace cachery::serve {

using Kind = ConnectionPlace::Kind;

void ConnectionPlaces::arrive(ConnectionPlace& place, Room room) {
  const size_t of_address_max = std::max<size_t>(strangers_max_ / 2, 1);
  const auto at = networks_.find(place.network);
  if (!place.network.empty() && at != networks_.end() && at->second.size() >= of_address_max) {
    give_up(*at->second.front());
  } else if (!strangers_.empty() &&
             (room == Room::of_a_stranger || strangers_.size() >= strangers_max_)) {
    give_up(*strangers_.front());
  }
  add_stranger(place);
}

void ConnectionPlaces::add_stranger(ConnectionPlace& place) {
  List& network = networks_[place.network];
  place.kind = Kind::stranger;
  place.in_all = strangers_.insert(strangers_.end(), &place);
  place.in_group = network.insert(network.end(), &place);
  strangers_count_.store(strangers_.size(), std::memory_order_relaxed);
}

bool ConnectionPlaces::join(ConnectionPlace& place, tenant::CacheId cache) {
  const bool is_full =
      node_ != nullptr && node_->members.load(std::memory_order_relaxed) >= node_->members_max;
  if (is_full && !make_room_for(cache)) return false;
  leave(place);
  List& members = caches_[cache];
  place.kind = Kind::member;
  place.cache = cache;
  place.in_group = members.insert(members.end(), &place);
  count_members(cache, members.size() - 1, members.size());
  if (node_ != nullptr) node_->members.fetch_add(1, std::memory_order_relaxed);
  return true;
}

// The cache that has most gives one up, if it has more than `cache` will have: else the two would
// take it from each other in turn. Its newest goes, for those before it were within the bound.
bool ConnectionPlaces::make_room_for(tenant::CacheId cache) {
  if (by_count_.empty()) return false;
  const auto [most, largest] = *by_count_.rbegin();
  const auto at = caches_.find(cache);
  const size_t own = at == caches_.end() ? 0 : at->second.size();
  if (most <= own + 1) return false;
  give_up(*caches_.at(largest).back());
  return true;
}

void ConnectionPlaces::give_up(ConnectionPlace& place) {
  leave(place);
  place.kind = Kind::given_up;
  given_up_.push_back(&place);
}

void ConnectionPlaces::leave(ConnectionPlace& place) {
  switch (std::exchange(place.kind, Kind::none)) {
    case Kind::none:
      break;
    case Kind::stranger: {
      const auto network = networks_.find(place.network);
      network->second.erase(place.in_group);
      if (network->second.empty()) networks_.erase(network);
      strangers_.erase(place.in_all);
      strangers_count_.store(strangers_.size(), std::memory_order_relaxed);
      break;
    }
    case Kind::member: {
      List& members = caches_.at(place.cache);
      members.erase(place.in_group);
      const size_t left = members.size();
      count_members(place.cache, left + 1, left);
      if (left == 0) caches_.erase(place.cache);
      if (node_ != nullptr) node_->members.fetch_sub(1, std::memory_order_relaxed);
      break;
    }
    case Kind::given_up:
      std::erase(given_up_, &place);
      break;
  }
}

void ConnectionPlaces::count_members(tenant::CacheId cache, size_t before, size_t after) {
  if (before > 0) by_count_.erase({before, cache});
  if (after > 0) by_count_.emplace(after, cache);
}

}  // namespace cachery::serve
