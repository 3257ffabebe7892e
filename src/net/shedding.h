// Which connections are closed when what waits on all of them has taken too much memory. The choice
// is by owner first (a cache; those that have not said whose they are count as one): the owner
// whose connections together hold most gives up the one of them that holds most. So a tenant pays
// for its own crowd, however little each of the crowd holds, and not whoever sends one large value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cachery::net {

struct Holding {
  uint64_t owner = 0;  // 0: not known
  uint64_t bytes = 0;
  uint64_t active_ns = 0;  // when it was last heard
};

// Places in `holdings` of those to be closed, in this order, until `bytes_wanted` are freed or none
// holds anything. Among an owner's connections that hold about as much (by powers of two), the one
// that was silent longest goes first: a peer that goes on is not cut off for one that came to stay.
std::vector<size_t> choose_to_shed(const std::vector<Holding>& holdings, uint64_t bytes_wanted);

}  // namespace cachery::net
