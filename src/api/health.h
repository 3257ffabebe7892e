// What orchestration and monitoring ask without a token: is it alive, can it serve, how is it
// doing. Per-cache series in /metrics are a setting of the node, since they name caches.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "http/router.h"
#include "tenant/node.h"

namespace cachery::api {

// All of it outlives the endpoints. `other_metrics`: the control plane's, after the node's.
std::vector<http::Endpoint> health_endpoints(const tenant::Node& node,
                                             const std::atomic<bool>& is_ready,
                                             std::function<std::string()> other_metrics);

}  // namespace cachery::api
