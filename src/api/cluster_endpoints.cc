// /clusters of the admin API: everybody may read them, to choose a region; operators name them.
#include "api/admin.h"
#include "api/cache_json.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using http::answers;
using http::Request;
using http::Response;

Response respond(const Result<control::ClusterRecord>& cluster) {
  if (!cluster) return http::error_response(cluster.error());
  return http::json_response(200, to_json(*cluster));
}

Result<control::ClusterPatch> take_cluster(const Request& request) {
  auto fields = read_fields(request);
  if (!fields) return std::unexpected(fields.error());
  control::ClusterPatch patch{.name = fields->text("name"), .region = fields->text("region")};
  const auto kind = fields->text("kind");
  if (auto good = fields->finish(); !good) return std::unexpected(good.error());
  if (!kind) return patch;
  patch.kind = control::parse_kind(*kind);
  if (patch.kind) return patch;
  return fail(Fault::invalid, "\"kind\" must be development or production");
}

}  // namespace

std::vector<AdminRow> cluster_rows(const AdminServices& services) {
  using enum http::Method;
  control::Clusters& clusters = services.clusters;
  const auto list = [&clusters](const Request&, const Principal&) {
    const auto all = clusters.list();
    if (!all) return http::error_response(all.error());
    json::array shown;
    for (const control::ClusterRecord& cluster : *all) shown.push_back(to_json(cluster));
    return http::json_response(200, {{"clusters", std::move(shown)}});
  };
  const auto show = [&clusters](const Request& request, const Principal&) {
    return respond(clusters.find(request.parameter("cluster")));
  };
  const auto update = [&clusters](const Request& request, const Principal& principal) {
    if (auto good = check_operator(principal); !good) return http::error_response(good.error());
    const auto found = clusters.find(request.parameter("cluster"));
    if (!found) return http::error_response(found.error());
    const auto wanted = take_cluster(request);
    if (!wanted) return http::error_response(wanted.error());
    return respond(clusters.update(principal.actor, found->id, *wanted));
  };
  return {
      {get, "/clusters", "The clusters and their regions", list,
       answers(200, schema::object({{"clusters", schema::list(cluster_schema())}}))},
      {get, "/clusters/{cluster}", "One cluster, by id or name", show,
       answers(200, cluster_schema())},
      {patch, "/clusters/{cluster}", "Change a cluster's name, region, kind", update,
       answers(200, cluster_schema())
           .takes(schema::body({{"name", schema::text()},
                                {"region", schema::text()},
                                {"kind", schema::choice({"development", "production"})}}))},
  };
}

}  // namespace cachery::api
