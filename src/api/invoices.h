// Bills in the admin API: a member of a team, of any role, sees its invoices and what the month has
// cost so far; the operator sees all of them and exports a month for a payment processor. Nobody
// changes any.
#pragma once

#include <vector>

#include "api/principal.h"
#include "control/invoices.h"

namespace cachery::api {

// Both outlive the endpoints.
std::vector<http::Endpoint> invoices_endpoints(control::Invoices& invoices,
                                               const Principals& principals);

}  // namespace cachery::api
