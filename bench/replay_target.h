// What a trace is played to: the store, a textbook policy or a server. A get that misses is
// followed by a set, as an application would do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/client_socket.h"
#include "bench/trace.h"

namespace cachery::bench {

struct ReplayTotals {
  uint64_t gets = 0;
  uint64_t misses = 0;
  uint64_t items = 0;
  uint64_t bytes_used = 0;
  uint64_t evictions = 0;
};

class ReplayTarget {
 public:
  virtual ~ReplayTarget() = default;
  // True for a hit.
  virtual bool get(const TraceRequest& request) = 0;
  virtual void set(const TraceRequest& request) = 0;
  virtual void remove(const TraceRequest& request) = 0;
  // gets and misses are the caller's.
  virtual ReplayTotals totals() const = 0;
};

ReplayTotals replay(const Trace& trace, ReplayTarget& target);

// The store of this project, in this process.
std::unique_ptr<ReplayTarget> make_store_target(const Trace& trace, uint64_t limit_bytes);

// Any memcached-compatible server, in batches of requests for different keys.
[[nodiscard]] Result<ReplayTotals> replay_to_server(const Trace& trace, const Endpoint& server,
                                                    const Login& login);

}  // namespace cachery::bench
