// What orchestration and monitoring ask without a token: is it alive, can it serve, how is it
// doing. Per-cache series in /metrics are a setting of the node, since they name caches.
#pragma once

#include <atomic>
#include <vector>

#include "http/router.h"
#include "tenant/node.h"

namespace cachery::api {

// Both outlive the endpoints.
std::vector<http::Endpoint> health_endpoints(const tenant::Node& node,
                                             const std::atomic<bool>& is_ready);

}  // namespace cachery::api
