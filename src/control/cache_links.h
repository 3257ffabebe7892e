// A cache's single sign-on address: whoever has it needs no account to see the cache's dashboard
// and change its credentials. It holds a secret of 128 random bits, kept sealed beside the cache. A
// session that it begins is no row: its token is signed with the secret, so that a new secret ends
// the address and every session of it in the moment that it is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "control/audit.h"
#include "control/cache_records.h"
#include "control/seal.h"
#include "control/store.h"

namespace cachery::control {

inline constexpr int64_t kLinkSessionSeconds = 12 * 3600;

struct LinkSession {
  CacheId cache = 0;
  int64_t expires_unix_seconds = 0;
  std::string token = {};       // for the cookie
  std::string csrf_token = {};  // for the header of every change
};

class CacheLinks {
 public:
  // All must outlive it.
  CacheLinks(Store& store, const Sealer& sealer, const Audit& audit, const Clock& clock)
      : store_(store), sealer_(sealer), audit_(audit), clock_(clock) {}

  // The new secret. In force at once.
  [[nodiscard]] Result<std::string> rotate(const Actor& actor, CacheId cache);
  // not_found: there is no such cache, or this is not its secret; which of them is not told.
  [[nodiscard]] Result<LinkSession> begin(CacheId cache, std::string_view secret) const;
  // unauthorized: expired, of an old secret, of a cache that is gone, or made up.
  [[nodiscard]] Result<LinkSession> check(std::string_view token) const;

 private:
  // Empty: there is no such cache, or it has no address.
  [[nodiscard]] Result<std::string> secret_of(CacheId cache) const;

  Store& store_;
  const Sealer& sealer_;
  const Audit& audit_;
  const Clock& clock_;
};

// For a cache that is made: a secret of its own from the start.
std::string new_link_secret();

}  // namespace cachery::control
