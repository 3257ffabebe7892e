// Caches and credentials as JSON, in one shape for every answer that shows them, and the bodies
// that ask for them.
#pragma once

#include <optional>
#include <string>

#include "api/addresses.h"
#include "control/caches.h"
#include "http/json.h"

namespace cachery::api {

http::json::value to_json(const control::OpenCredential& credential);
http::json::value to_json(const control::CacheDetails& cache, const ServiceAddresses& addresses);

// {"plan"} or {"size_mib"}, as part of a larger body.
control::CacheSize take_size(http::JsonFields& fields);
// Any of the fields of a credential that may change; the same for a new one.
control::CredentialPatch take_credential(http::JsonFields& fields);

}  // namespace cachery::api
