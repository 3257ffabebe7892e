// The admin API, /api/admin/v1: what operators and people do to caches, credentials, plans and
// clusters, by the dashboard, the command line or a token. Handlers only translate: JSON to a call
// of a service, its result to JSON; what a principal may do is asked of api/principal.h. A cache in
// a path is its id or its name; a credential is its id.
// Each noun has its table of rows in a file of its own (<noun>_endpoints.cc); other files of
// endpoints give rows the same way.
#pragma once

#include <vector>

#include "api/addresses.h"
#include "api/principal.h"
#include "control/audit.h"
#include "control/cache_links.h"
#include "control/caches.h"
#include "control/clusters.h"
#include "control/node_watch.h"
#include "control/plans.h"
#include "control/quotas.h"
#include "http/router.h"

namespace cachery::api {

inline constexpr std::string_view kAdminBase = "/api/admin/v1";

struct AdminRow {
  http::Method method = http::Method::get;
  const char* path = "";  // below kAdminBase: "/plans/{plan}"
  const char* summary = "";
  PrincipalHandler answer = {};
  http::Description description = {};
};

// Each row reached by those only who prove who they are.
std::vector<http::Endpoint> admin_endpoints(const Principals& principals,
                                            std::vector<AdminRow> rows);

// What the handlers of this folder's nouns stand on. All of it outlives them.
struct AdminServices {
  control::Caches& caches;
  control::Credentials& credentials;
  control::Plans& plans;
  control::Clusters& clusters;
  control::CacheLinks& links;
  const control::Audit& audit;
  tenant::Node& node;
  const ServiceAddresses& addresses;
  const control::NodeWatch& watch;
  const control::Quotas& quotas;
  std::string currency = "USD";  // of plans' prices, ISO 4217
};

std::vector<AdminRow> cache_rows(const AdminServices& services);
std::vector<AdminRow> credential_rows(const AdminServices& services);
std::vector<AdminRow> plan_rows(const AdminServices& services);
std::vector<AdminRow> cluster_rows(const AdminServices& services);
std::vector<AdminRow> node_rows(const AdminServices& services);
std::vector<AdminRow> audit_rows(const AdminServices& services);
std::vector<AdminRow> principal_rows();
// All of them.
std::vector<AdminRow> admin_rows(const AdminServices& services);
// /caller, open to whoever asks.
std::vector<http::Endpoint> caller_endpoints(const Principals& principals);

}  // namespace cachery::api
