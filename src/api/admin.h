// The admin API, /api/admin/v1: what an operator, and the command line in his name, does to caches
// and credentials. Handlers only translate: JSON to a call of a service, its result to JSON. A
// cache in a path is its id or its name; a credential is its id.
#pragma once

#include <vector>

#include "api/addresses.h"
#include "api/authorization.h"
#include "control/caches.h"
#include "http/router.h"

namespace cachery::api {

// What the handlers stand on. All of it outlives them.
struct AdminServices {
  control::Caches& caches;
  control::Credentials& credentials;
  tenant::Node& node;
  const ServiceAddresses& addresses;
  const OperatorToken& token;
};

std::vector<http::Endpoint> admin_endpoints(const AdminServices& services);

}  // namespace cachery::api
