// GET /api/openapi.json: the whole table of endpoints for machines, as OpenAPI 3.1. Open to all,
// for it tells nothing of anybody.
#pragma once

#include <string_view>
#include <vector>

#include "http/router.h"

namespace cachery::api {

// `others`, and the endpoint that tells of all of them, itself included.
std::vector<http::Endpoint> with_openapi(std::vector<http::Endpoint> others,
                                         std::string_view version);

}  // namespace cachery::api
