// The analytics API, version 2: a cache's settings, credentials and commands (info, credentials,
// rotate_sso, enable_cache, switch_cluster, flush, reset_stats). The shapes are a contract with
// scripts that exist: a field that is left out is false, unknown ones are ignored, any body may be
// posted to flush. What a plan withholds (manage_credentials, update_capabilities) is 403.
#pragma once

#include <vector>

#include "api/admin.h"
#include "api/v2.h"

namespace cachery::api {

std::vector<V2Row> v2_cache_rows(const AdminServices& services);

}  // namespace cachery::api
