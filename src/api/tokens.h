// One's personal API tokens: made, listed by their prefix, deleted. A token cannot make another
// one, or what leaks would outlive its deletion.
#pragma once

#include <vector>

#include "api/accounts_json.h"
#include "http/router.h"

namespace cachery::api {

std::vector<http::Endpoint> token_endpoints(const AccountsApi& api);

}  // namespace cachery::api
