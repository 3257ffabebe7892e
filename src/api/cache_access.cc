#include "api/cache_access.h"

namespace cachery::api {
namespace {

control::Caches::Sees sees(const Principal& principal) {
  return
      [&principal](const control::CacheRecord& cache) { return may(principal, cache, Right::see); };
}

}  // namespace

Result<control::CacheDetails> find_cache(const control::Caches& caches,
                                         const http::Request& request, const Principal& principal,
                                         Right right) {
  auto found = caches.find(request.parameter("cache"), sees(principal));
  if (!found) return found;
  if (auto allowed = check_access(principal, found->cache, right); !allowed) {
    return std::unexpected(allowed.error());
  }
  return found;
}

Result<control::CacheRecord> find_cache_record(const control::Caches& caches,
                                               const http::Request& request,
                                               const Principal& principal, Right right) {
  auto found = caches.find_record(request.parameter("cache"), sees(principal));
  if (!found) return found;
  if (auto allowed = check_access(principal, *found, right); !allowed) {
    return std::unexpected(allowed.error());
  }
  return found;
}

}  // namespace cachery::api
