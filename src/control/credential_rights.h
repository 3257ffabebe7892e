// What somebody may do to the credentials of a cache, whichever door they came by: the admin API,
// the dashboard, a single sign-on address or the analytics API. Credentials asks here, in the
// transaction that acts, so no door can forget to.
// - Nobody gives more than they hold, sees the password of a credential that may do more, or
//   changes, promotes or deletes one. People, operators and single sign-on sessions hold
//   everything; a credential that uses the analytics API holds what it may do itself.
// - A plan withholds the same from a tenant at every door; operators are not bound by it.
#pragma once

#include "base/error.h"
#include "control/actor.h"
#include "control/cache_records.h"
#include "control/credential_records.h"
#include "control/records.h"
#include "tenant/capability.h"

namespace cachery::control {

struct CredentialCaller {
  Actor actor = {};
  tenant::Capabilities holds = {};
  bool is_operator = false;
};

// Everything that `other` may do, `holder` may do too.
bool covers(const tenant::Capabilities& holder, const tenant::Capabilities& other);

// forbidden: it may do more than the caller.
[[nodiscard]] Status check_may_touch(const CredentialCaller& caller,
                                     const CredentialRecord& credential);
// forbidden: the caller does not hold that much.
[[nodiscard]] Status check_may_give(const CredentialCaller& caller,
                                    const tenant::Capabilities& capabilities);

// What a plan can withhold: making, promoting and deleting credentials, and saying what one may do.
enum class CredentialChange : uint8_t { manage, capabilities };
// forbidden: the plan of the cache withholds it.
[[nodiscard]] Status check_plan_allows(Records& records, const CredentialCaller& caller,
                                       const CacheRecord& cache, CredentialChange change);

// forbidden: the caller came by something that anybody may hold (a credential, a single sign-on
// address), and every owner of the cache's team is suspended: nobody answers for what it would
// make.
[[nodiscard]] Status check_team_is_answered_for(Records& records, const Actor& actor,
                                                const CacheRecord& cache);

}  // namespace cachery::control
