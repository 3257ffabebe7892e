// The analytics API, version 1: /api/login and /api/v1/.... Its documents contradict themselves, so
// every variant is taken: both paths of login; POST and PATCH for an update; a credential by its
// id or its username; DELETE on credentials/x and credentials/primary/x; truths as JSON, as strings
// and as a form, in the body or the query. (POST on credentials/primary/x is documented twice: it
// promotes.) Errors are plain text, and whoever may not is told 403, whatever the reason.
#pragma once

#include <vector>

#include "api/v2_stats.h"
#include "control/caches.h"

namespace cachery::api {

// All of it outlives the endpoints.
struct AnalyticsV1Services {
  const BasicLogin& login;
  control::Caches& caches;
  control::Credentials& credentials;
  HistoryServices history;
};

std::vector<http::Endpoint> analytics_v1_endpoints(const AnalyticsV1Services& services);

}  // namespace cachery::api
