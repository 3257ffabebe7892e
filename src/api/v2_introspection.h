// The analytics API v2's introspection (its rows 24 to 32), and the miss-ratio curve, which is
// ours. Asking makes the node watch the cache for some minutes, so the first answers are empty.
#pragma once

#include <vector>

#include "api/introspection_json.h"
#include "api/v2.h"

namespace cachery::api {

std::vector<V2Row> v2_introspection_rows(const InsightServices& services);

}  // namespace cachery::api
