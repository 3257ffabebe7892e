// Teams, their members and invitations to them. The rules are in control/teams.h; a team that one
// is not in is 404.
#pragma once

#include <vector>

#include "api/accounts_json.h"
#include "http/router.h"

namespace cachery::api {

std::vector<http::Endpoint> team_endpoints(const AccountsApi& api);

}  // namespace cachery::api
