// From a delivery's row to all that its message says: its configuration with the secret opened,
// what happened, and the name of the cache that it happened to. Reads only.
#pragma once

#include "control/courier.h"
#include "control/seal.h"
#include "control/store.h"

namespace cachery::control {

// not_found: its configuration, or what it tells, is gone. internal: its secret cannot be opened.
[[nodiscard]] Result<Parcel> make_parcel(Records& records, const Sealer& sealer,
                                         const DeliveryRecord& delivery);

}  // namespace cachery::control
