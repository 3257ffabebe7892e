#include "api/admin.h"

#include <string>
#include <utility>

#include "api/describe.h"

namespace cachery::api {

std::vector<http::Endpoint> admin_endpoints(const Principals& principals,
                                            std::vector<AdminRow> rows) {
  std::vector<http::Endpoint> endpoints;
  for (AdminRow& row : rows) {
    auto description = describe_admin(row.method, row.path, std::move(row.description));
    endpoints.push_back({.method = row.method,
                         .path = std::string(kAdminBase) + row.path,
                         .summary = row.summary,
                         .handler = principals.guard(std::move(row.answer)),
                         .description = std::move(description)});
  }
  return endpoints;
}

std::vector<AdminRow> admin_rows(const AdminServices& services) {
  std::vector<AdminRow> all;
  for (auto rows :
       {cache_rows(services), credential_rows(services), plan_rows(services),
        cluster_rows(services), node_rows(services), audit_rows(services), principal_rows()}) {
    for (AdminRow& row : rows) all.push_back(std::move(row));
  }
  return all;
}

}  // namespace cachery::api
