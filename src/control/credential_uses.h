// When each credential was last used, by memcache clients or for the API: what says whether one can
// be deleted. The node holds its clients', the API notes its own; a job writes both down once a
// minute, a row a credential that was used, however often it was.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "base/clock.h"
#include "control/store.h"
#include "tenant/credential_uses.h"
#include "tenant/node.h"

namespace cachery::control {

inline constexpr std::chrono::seconds kCredentialUsesPeriod{60};

class CredentialUses {
 public:
  // All must outlive it.
  CredentialUses(Store& store, tenant::Node& node, const Clock& clock)
      : store_(store), node_(node), clock_(clock) {}

  // Used at this moment. Any thread.
  void note(tenant::CredentialId credential);
  // The job. What cannot be written is tried again at the next run.
  [[nodiscard]] Status run(const Now& now);

 private:
  Store& store_;
  tenant::Node& node_;
  const Clock& clock_;
  tenant::CredentialUses noted_;
  std::unordered_map<tenant::CredentialId, int64_t> pending_;  // the jobs' thread only
};

}  // namespace cachery::control
