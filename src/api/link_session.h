// Single sign-on by address: GET /sso/{cache}/{secret} begins a session for one cache, kept in a
// cookie that scripts cannot read and other sites cannot send, and leads to the cache's dashboard.
// LinkProof is how its requests prove themselves afterwards.
#pragma once

#include <vector>

#include "api/principal.h"
#include "control/cache_links.h"
#include "http/router.h"

namespace cachery::api {

inline constexpr std::string_view kLinkCookie = "cachery_link";

class LinkProof final : public Proof {
 public:
  // `links` must outlive it.
  explicit LinkProof(const control::CacheLinks& links) : links_(links) {}

  Result<std::optional<Principal>> prove(const http::Request& request) const override;

 private:
  const control::CacheLinks& links_;
};

// `links` must outlive them.
std::vector<http::Endpoint> link_endpoints(const control::CacheLinks& links);

}  // namespace cachery::api
