#include "api/v2_latency.h"

#include "base/rfc3339.h"

namespace cachery::api {

namespace json = http::json;

http::Response v2_latency(const HistoryServices& services, const V2Call& call) {
  const int64_t now = services.clock.now().unix_seconds;
  const auto window = window_of(call.request, now);
  if (!window) return v2_error(window.error());
  const auto nodes = services.reader.latencies(
      *window, resolution_for(control::kLatencyResolutions, *window, now));
  if (!nodes) return v2_error(nodes.error());
  json::array results;
  for (const control::NodeLatencies& node : *nodes) {
    json::array values;
    for (const control::LatencyPoint& point : node.points) {
      values.push_back(json::array{format_rfc3339(point.start), point.mean_ns});
    }
    results.push_back({{"name", "latency"},
                       {"tags", {{"server", server_name(services.addresses, node.node)}}},
                       {"columns", {"time", "duration"}},
                       {"values", std::move(values)}});
  }
  return http::json_response(200, results);
}

}  // namespace cachery::api
