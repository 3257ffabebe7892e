// How long requests take at present, as JSON: a cache's own, by server and family, in its stats and
// in its live stream; all requests of a node in the list of nodes.
#pragma once

#include <vector>

#include "api/addresses.h"
#include "control/latency.h"
#include "http/json.h"
#include "http/schema.h"

namespace cachery::api {

// {"requests_per_second", "mean_ns", "p50_ns", "p99_ns"}; null: no request, or not known yet.
http::json::object to_json(const control::LatencySummary& summary);
// Each with its "server", and the same for each of its "families" that was ever asked.
http::json::array to_json(const std::vector<control::CacheLatencySummary>& nodes,
                          const ServiceAddresses& addresses);

http::schema::Fields latency_fields();
http::Schema latencies_schema();

}  // namespace cachery::api
