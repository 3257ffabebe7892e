// How a node divides its places for connections, so that neither strangers nor one tenant can have
// all of them. One worker's part of it: connections come to the workers in turn, so what is
// fair on each is fair on the node, and no lock is shared.
//
// - A stranger (whoever has not logged in) has a place among a bounded number of them, of which one
//   address may have half. Where there is none left, the oldest of that address, or of all, makes
//   room for a newcomer: an honest client logs in at once.
// - A place of those that have logged in is never given to a stranger. When all of them are taken,
//   the cache that has most on this worker gives one up for a login of a cache that has fewer, and
//   is the one that is refused itself.
//
// Whoever gives up a place is named here once, for its worker to close.
#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/connection.h"
#include "tenant/snapshot.h"

namespace cachery::serve {

// What the workers of a node share.
struct NodePlaces {
  size_t members_max = SIZE_MAX;  // connections that have logged in; set at start
  std::atomic<size_t> members{0};
};

// One connection's place; for its worker's thread alone.
struct ConnectionPlace {
  net::Connection* connection = nullptr;  // null until its loop has it
  std::string network = {};  // whom it counts for among strangers; empty: an address of many
  enum class Kind : uint8_t { none, stranger, member, given_up } kind = Kind::none;
  tenant::CacheId cache = 0;  // of a member
  // where it stands
  std::list<ConnectionPlace*>::iterator in_all = {};
  std::list<ConnectionPlace*>::iterator in_group = {};  // of its network, or of its cache
};

class ConnectionPlaces {
 public:
  // `node`: null where nothing is bounded. It outlives this, and this its places.
  explicit ConnectionPlaces(NodePlaces* node) : node_(node) {}
  void set_strangers_max(size_t count) { strangers_max_ = count; }

  enum class Room : uint8_t { there_is, of_a_stranger };
  // It has come. `of_a_stranger`: the node is full, somebody else must go.
  void arrive(ConnectionPlace& place, Room room);
  // It has logged in. False: refused, it stays what it was.
  [[nodiscard]] bool join(ConnectionPlace& place, tenant::CacheId cache);
  // It is over, or will arrive again.
  void leave(ConnectionPlace& place);

  // Those that gave up theirs since the last call and are not over yet.
  std::vector<ConnectionPlace*> take_given_up() { return std::exchange(given_up_, {}); }
  bool has_given_up() const { return !given_up_.empty(); }
  // Any thread.
  size_t strangers() const { return strangers_count_.load(std::memory_order_relaxed); }

 private:
  using List = std::list<ConnectionPlace*>;

  void add_stranger(ConnectionPlace& place);
  void give_up(ConnectionPlace& place);
  bool make_room_for(tenant::CacheId cache);
  void count_members(tenant::CacheId cache, size_t before, size_t after);

  NodePlaces* const node_;
  size_t strangers_max_ = SIZE_MAX;
  std::atomic<size_t> strangers_count_{0};
  List strangers_;  // the oldest first, as in the lists below
  std::unordered_map<std::string, List> networks_;
  std::unordered_map<tenant::CacheId, List> caches_;
  std::set<std::pair<size_t, tenant::CacheId>> by_count_;  // of caches_
  std::vector<ConnectionPlace*> given_up_;
};

}  // namespace cachery::serve
