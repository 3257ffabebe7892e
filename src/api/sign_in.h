// Signing up, in and out, passwords, and who one is: the endpoints that people come through. Those
// that hash a password are slow (http/router.h); those that anybody may call are limited by address
// and by account, and answer 429 with Retry-After beyond that.
#pragma once

#include <vector>

#include "api/accounts_json.h"
#include "http/router.h"

namespace cachery::api {

std::vector<http::Endpoint> sign_in_endpoints(const AccountsApi& api);

}  // namespace cachery::api
