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

json::array to_json(const std::vector<control::CacheLatencySummary>& nodes,
                    const ServiceAddresses& addresses) {
  json::array all;
  for (const control::CacheLatencySummary& node : nodes) {
    json::object one = to_json(node.all);
    one["server"] = server_name(addresses, node.node);
    json::array families;
    for (const control::FamilySummary& family : node.families) {
      families.push_back(to_json(family.latency));
      families.back().as_object()["family"] =
          tenant::kFamilyNames[static_cast<size_t>(family.family)];
    }
    one["families"] = std::move(families);
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
  schema::Fields of_family = latency_fields();
  of_family.push_back({"family", schema::choice(tenant::kFamilyNames)});
  schema::Fields fields = latency_fields();
  fields.push_back({"server", schema::text()});
  fields.push_back({"families", schema::list(schema::object(std::move(of_family)))});
  return schema::list(schema::named("Latency", schema::object(std::move(fields))));
}

}  // namespace cachery::api
