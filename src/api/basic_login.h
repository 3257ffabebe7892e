// Who uses the analytics API: a cache's credential, by HTTP Basic. It is looked up among the
// credentials that are in force on the nodes, in memory, so that a flood of wrong passwords costs
// the database nothing. A username that nobody has is compared with a digest too, so that it takes
// as long as a wrong password.
#pragma once

#include <string>

#include "api/request_rates.h"
#include "base/error.h"
#include "control/actor.h"
#include "control/credential_rights.h"
#include "control/credential_uses.h"
#include "control/publisher.h"
#include "http/message.h"

namespace cachery::api {

struct ApiCredential {
  tenant::CacheId cache = 0;  // the one that it may use
  tenant::CredentialId id = 0;
  std::string username = {};
  tenant::Capabilities capabilities = {};
  control::Actor actor = {};  // for the services that it has change something

  // It gives, sees and takes away no more than it may do itself.
  control::CredentialCaller caller() const { return {.actor = actor, .holds = capabilities}; }
};

class BasicLogin {
 public:
  // All must outlive it. `rates`: how often a cache's credentials may ask; null: without a bound.
  // `uses`: where a login is noted; null: nowhere.
  explicit BasicLogin(const control::Publisher& publisher, RequestRates* rates = nullptr,
                      control::CredentialUses* uses = nullptr)
      : publisher_(publisher), rates_(rates), uses_(uses) {}

  // unauthorized: no or wrong credentials. forbidden: a credential without the api capability, or
  // one that is bound to a key prefix: the API shows all of a cache, passwords included. A disabled
  // cache is let in: it can be enabled by the API.
  [[nodiscard]] Result<ApiCredential> check(const http::Request& request) const;
  // The seconds that a caller waits; 0: go on, the request is counted.
  uint32_t take_rate(const ApiCredential& caller, http::Method method) const;

 private:
  const control::Publisher& publisher_;
  RequestRates* const rates_;
  control::CredentialUses* const uses_;
};

}  // namespace cachery::api
