// The cache of a request's path, found for a principal and only for as much as it may do: what
// every endpoint below /caches/{cache} begins with.
#pragma once

#include "api/principal.h"
#include "control/caches.h"
#include "http/message.h"

namespace cachery::api {

// not_found: there is none, or it is not the principal's to see. forbidden: it may see it, no more.
[[nodiscard]] Result<control::CacheDetails> find_cache(const control::Caches& caches,
                                                       const http::Request& request,
                                                       const Principal& principal, Right right);
// The same without credentials: cheaper, and no password is opened.
[[nodiscard]] Result<control::CacheRecord> find_cache_record(const control::Caches& caches,
                                                             const http::Request& request,
                                                             const Principal& principal,
                                                             Right right);

// An operator gives a team more than it may have.
inline control::TeamBound bound_for(const Principal& principal) {
  return principal.is_operator() ? control::TeamBound::waived : control::TeamBound::kept;
}

}  // namespace cachery::api
