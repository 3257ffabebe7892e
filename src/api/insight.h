// What a cache's traffic tells, for the dashboard under the admin API: recent requests, popular
// keys, watched prefixes, the size that the cache should have, and the log of its flushes.
#pragma once

#include <functional>
#include <vector>

#include "api/history.h"
#include "api/introspection_json.h"

namespace cachery::api {

using ActingHandler = std::function<http::Response(
    const http::Request&, const control::CacheRecord&, const control::Actor&)>;
// Makes a handler of the path's {cache} for those who may change it.
using ActingGuard = std::function<http::Handler(ActingHandler)>;

std::vector<http::Endpoint> insight_endpoints(const InsightServices& services,
                                              const CacheGuard& may_see,
                                              const ActingGuard& may_change);

}  // namespace cachery::api
