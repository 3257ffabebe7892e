// Alerts in the admin API: of a cache, by whoever may see or change it, under
// /api/admin/v1/caches/{cache}/alerts; of the installation, by the operator, under
// /api/admin/v1/alerts. The same endpoints in both places, so they are one table.
#pragma once

#include <vector>

#include "api/principal.h"
#include "control/alerts.h"
#include "control/caches.h"
#include "control/deliveries.h"

namespace cachery::api {

// What the handlers stand on. All of it outlives them.
struct AlertsServices {
  control::Alerts& alerts;
  control::Deliveries& deliveries;
  control::Caches& caches;
  const Principals& principals;
  // Null: no address is asked whether it agrees.
  const control::AlertAddresses* addresses = nullptr;
};

std::vector<http::Endpoint> alerts_endpoints(const AlertsServices& services);

}  // namespace cachery::api
