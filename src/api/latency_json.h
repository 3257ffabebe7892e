// How long the nodes take at present, as JSON: the same shape in a cache's stats, in its live
// stream and in the list of nodes.
#pragma once

#include <vector>

#include "api/addresses.h"
#include "control/latency.h"
#include "http/json.h"
#include "http/schema.h"

namespace cachery::api {

// {"requests_per_second", "mean_ns", "p50_ns", "p99_ns"}; null: no request, or not known yet.
http::json::object to_json(const control::LatencySummary& summary);
http::json::array to_json(const std::vector<control::LatencySummary>& nodes,
                          const ServiceAddresses& addresses);  // each with its "server"

http::schema::Fields latency_fields();
http::Schema latencies_schema();

}  // namespace cachery::api
