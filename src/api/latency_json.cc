#include "api/latency_json.h"

#include "api/v2_stats.h"

namespace cachery::api {

namespace json = http::json;
namespace schema = http::schema;

json::object to_json(const control::LatencySummary& summary) {
  std::optional<double> rate;
  if (summary.seconds > 0) rate = static_cast<double>(summary.requests_count) / summary.seconds;
  return {{"requests_per_second", number_or_null(rate)},
          {"mean_ns", number_or_null(summary.mean_ns)},
          {"p50_ns", number_or_null(summary.p50_ns)},
          {"p99_ns", number_or_null(summary.p99_ns)}};
}

json::array to_json(const std::vector<control::LatencySummary>& nodes,
                    const ServiceAddresses& addresses) {
  json::array all;
  for (const control::LatencySummary& node : nodes) {
    json::object one{{"server", server_name(addresses, node.node)}};
    for (const auto& [name, value] : to_json(node)) one[name] = value;
    all.push_back(std::move(one));
  }
  return all;
}

schema::Fields latency_fields() {
  const auto number = schema::nullable(schema::number());
  return {
      {"requests_per_second", number}, {"mean_ns", number}, {"p50_ns", number}, {"p99_ns", number}};
}

http::Schema latencies_schema() {
  schema::Fields fields = latency_fields();
  fields.push_back({"server", schema::text()});
  return schema::list(schema::named("Latency", schema::object(std::move(fields))));
}

}  // namespace cachery::api
