// Alerts in the analytics API, version 2: as the documents have them, with the shapes of their
// objects. What they do not know is shown in the same shapes: other triggers, and webhooks (which
// are made by the admin API, since a configuration here has no field for an address of theirs).
#pragma once

#include <vector>

#include "api/v2.h"
#include "control/alerts.h"
#include "control/deliveries.h"

namespace cachery::api {

// Both outlive the rows.
std::vector<V2Row> v2_alerts_rows(control::Alerts& alerts, control::Deliveries& deliveries);

}  // namespace cachery::api
