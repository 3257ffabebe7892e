// History for the dashboard, under the admin API: the derived series of a cache, its latency, and
// what it does at this moment. `live` is asked again and again, or followed as server-sent events,
// so it costs one look at the node's counters, and no more than one every two seconds a cache.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "api/v2_stats.h"
#include "control/cache_records.h"

namespace cachery::api {

using CacheHandler =
    std::function<http::Response(const http::Request&, const control::CacheRecord&)>;
// Makes a handler of the path's {cache} for those who may see it.
using CacheGuard = std::function<http::Handler(CacheHandler)>;

std::vector<http::Endpoint> history_endpoints(const HistoryServices& services,
                                              const CacheGuard& guard);

}  // namespace cachery::api
