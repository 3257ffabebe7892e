#include "net/shedding.h"

#include <algorithm>
#include <bit>
#include <queue>
#include <tuple>

namespace cachery::net {
namespace {

// One owner's holdings: a part of the list of places, the next to go first.
struct Owner {
  uint64_t bytes = 0;  // of those that are left
  size_t next = 0;
  size_t end = 0;

  bool operator<(const Owner& other) const { return bytes < other.bytes; }
};

}  // namespace

std::vector<size_t> choose_to_shed(const std::vector<Holding>& holdings, uint64_t bytes_wanted) {
  std::vector<size_t> places;
  for (size_t place = 0; place < holdings.size(); ++place) {
    if (holdings[place].bytes > 0) places.push_back(place);
  }
  std::ranges::sort(places, {}, [&](size_t place) {
    const Holding& holding = holdings[place];
    return std::tuple(holding.owner, -std::bit_width(holding.bytes), holding.active_ns);
  });
  std::priority_queue<Owner> owners;  // the one that holds most on top
  for (size_t next = 0; next < places.size();) {
    Owner owner{.next = next, .end = next};
    while (owner.end < places.size() &&
           holdings[places[owner.end]].owner == holdings[places[next]].owner) {
      owner.bytes += holdings[places[owner.end++]].bytes;
    }
    next = owner.end;
    owners.push(owner);
  }
  std::vector<size_t> chosen;
  uint64_t freed = 0;
  while (freed < bytes_wanted && !owners.empty()) {
    Owner owner = owners.top();
    owners.pop();
    const uint64_t bytes = holdings[places[owner.next]].bytes;
    chosen.push_back(places[owner.next++]);
    freed += bytes;
    owner.bytes -= bytes;
    if (owner.next < owner.end) owners.push(owner);
  }
  return chosen;
}

}  // namespace cachery::net
