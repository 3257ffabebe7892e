// Row 15 of the analytics API v2: how long a server took to answer a request, over time, in
// nanoseconds. It is the mean over all caches of the server: what a cache waits for is its server.
#pragma once

#include "api/v2_stats.h"

namespace cachery::api {

http::Response v2_latency(const HistoryServices& services, const V2Call& call);

}  // namespace cachery::api
