// One's own account (its name, sessions, second factor) and, for operators, everybody's, with the
// mails that wait.
#pragma once

#include <vector>

#include "api/accounts_json.h"
#include "http/router.h"

namespace cachery::api {

std::vector<http::Endpoint> account_endpoints(const AccountsApi& api);
std::vector<http::Endpoint> operator_endpoints(const AccountsApi& api);

}  // namespace cachery::api
