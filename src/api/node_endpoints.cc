// /nodes of the admin API: what the nodes are and do at this moment, for operators.
#include "api/admin.h"
#include "api/latency_json.h"
#include "api/v2_stats.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;

json::object to_json(const control::NodeReport& report, const AdminServices& services,
                     std::string_view cluster) {
  const tenant::NodeStatus& status = report.status;
  json::object node{{"id", status.node},
                    {"name", server_name(services.addresses, status.node)},
                    {"cluster", cluster},
                    {"version", status.version},
                    {"up_since", status.started_unix_seconds},
                    {"workers", status.workers_count},
                    {"load", number_or_null(report.load)},
                    {"connections", status.connections_count},
                    {"caches", status.caches_count},
                    {"used_caches", status.used_caches_count},
                    {"memory",
                     {{"limit_bytes", status.memory_limit_bytes},
                      {"charged_bytes", status.memory_charged_bytes},
                      {"used_bytes", status.memory_used_bytes},
                      {"resident_bytes", status.memory_resident_bytes}}}};
  for (const auto& [name, value] : api::to_json(report.latency)) node[name] = value;
  return node;
}

// What is promised to caches together, beside the memory there is.
json::object to_json(const control::Oversell& sold) {
  return {{"promised_bytes", sold.promised_bytes},
          {"memory_bytes", sold.memory_bytes},
          {"ratio", sold.ratio()},
          {"ratio_max", sold.percent_max == 0
                            ? json::value()
                            : json::value(static_cast<double>(sold.percent_max) / 100)},
          {"state", name_of(sold.state())}};
}

http::Response list(const AdminServices& services, const Principal& principal) {
  if (auto good = check_operator(principal); !good) return http::error_response(good.error());
  const auto clusters = services.clusters.list();
  if (!clusters) return http::error_response(clusters.error());
  // One machine is one cluster.
  const std::string cluster = clusters->empty() ? std::string() : clusters->front().name;
  json::array nodes;
  for (const control::NodeReport& report : services.watch.report()) {
    nodes.push_back(to_json(report, services, cluster));
  }
  const auto sold = services.quotas.oversell();
  if (!sold) return http::error_response(sold.error());
  return http::json_response(200, {{"nodes", std::move(nodes)}, {"oversell", to_json(*sold)}});
}

http::Description describe_list() {
  const auto memory = schema::object({{"limit_bytes", schema::integer()},
                                      {"charged_bytes", schema::integer()},
                                      {"used_bytes", schema::integer()},
                                      {"resident_bytes", schema::integer()}});
  schema::Fields fields{{"id", schema::integer()},
                        {"name", schema::text()},
                        {"cluster", schema::text()},
                        {"version", schema::text()},
                        {"up_since", schema::integer()},
                        {"workers", schema::integer()},
                        {"load", schema::nullable(schema::number())},
                        {"connections", schema::integer()},
                        {"caches", schema::integer()},
                        {"used_caches", schema::integer()},
                        {"memory", memory}};
  for (schema::Field& field : latency_fields()) fields.push_back(std::move(field));
  const auto node = schema::named("Node", schema::object(std::move(fields)));
  const auto oversell = schema::object({{"promised_bytes", schema::integer()},
                                        {"memory_bytes", schema::integer()},
                                        {"ratio", schema::number()},
                                        {"ratio_max", schema::nullable(schema::number())},
                                        {"state", schema::choice({"ok", "warning", "over"})}});
  return http::answers(200,
                       schema::object({{"nodes", schema::list(node)}, {"oversell", oversell}}));
}

}  // namespace

std::vector<AdminRow> node_rows(const AdminServices& services) {
  const auto answer = [services](const http::Request&, const Principal& principal) {
    return list(services, principal);
  };
  return {{http::Method::get, "/nodes", "Operators: the nodes, what they hold and do", answer,
           describe_list()}};
}

}  // namespace cachery::api
