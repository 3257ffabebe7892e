// What insight is told of a request: the one place that puts requests and outcomes into its words.
// Called on the worker that executes the request, for caches that somebody looks at.
#pragma once

#include "insight/observer.h"
#include "protocol/compose.h"
#include "protocol/request.h"
#include "serve/executor.h"

namespace cachery::command {

// Valid while the request's key is. `now` and `wall_ahead`: of the ItemClock.
insight::Event event_of(const protocol::Request& request, const protocol::Response& response,
                        uint64_t hash, uint32_t now, int64_t wall_ahead);

// What a worker counted of a cache's reads since it began to use it.
insight::ReadCounts reads_of(const serve::WorkerCounters& counters);

}  // namespace cachery::command
