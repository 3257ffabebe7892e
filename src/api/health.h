// What orchestration and monitoring ask without a token: is it alive, can it serve, how is it
// doing. Caches are served without the database, so a node whose database is silent is ready, and
// says so. Per-cache series in /metrics are a setting of the node, since they name caches.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "http/router.h"
#include "tenant/node.h"

namespace cachery::api {

// For how many seconds the database has not answered.
using DatabaseSilence = std::function<int64_t()>;
inline constexpr int64_t kSilenceToldSeconds = 10;  // shorter ones are a disk that was busy

// All of it outlives the endpoints. `other_metrics`: the control plane's, after the node's. The
// first two ask nobody who may wait: they are answered at once, whatever the database does.
std::vector<http::Endpoint> health_endpoints(const tenant::Node& node,
                                             const std::atomic<bool>& is_ready,
                                             DatabaseSilence database_silence,
                                             std::function<std::string()> other_metrics);

}  // namespace cachery::api
