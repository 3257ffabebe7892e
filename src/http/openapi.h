// The table of endpoints as an OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.0): what answers
// and what is promised come from the same rows.
#pragma once

#include <string>
#include <vector>

#include "http/router.h"

namespace cachery::http {

struct OpenApiInfo {
  std::string title = {};
  std::string version = {};
  std::string description = {};
  json::object security_schemes = {};  // by the names that descriptions have for their proofs
};

json::object openapi(const std::vector<Endpoint>& endpoints, const OpenApiInfo& info);

}  // namespace cachery::http
