// Credentials: how clients get into a cache, and what they may do there. A cache always has exactly
// one primary credential, the one that its variables name; it can be replaced (promote another) but
// neither deleted nor locked out of writing by accident of a race, because every rule is checked in
// the transaction that acts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/admission.h"
#include "control/audit.h"
#include "control/cache_records.h"
#include "control/credential_records.h"
#include "control/credential_rights.h"
#include "control/publisher.h"
#include "control/quotas.h"
#include "control/seal.h"

namespace cachery::control {

inline constexpr size_t kCredentialsPerCacheMax = 1000;

// A credential as its owner sees it.
struct OpenCredential {
  CredentialRecord record;
  std::string password;  // 32 upper-case hex digits; empty: damaged, the log names it
};

// In place of a name, which could not be this one: it has no domain.
inline constexpr std::string_view kNewServerName = "new";

// Only what is set changes.
struct CredentialPatch {
  std::optional<bool> write = {};
  std::optional<bool> flush = {};
  std::optional<bool> api = {};
  std::optional<std::string> key_prefix = {};
  std::optional<uint16_t> own_port = {};
  std::optional<std::vector<std::string>> own_port_networks = {};
  std::optional<std::string> tls_client_name = {};
  // kNewServerName: one that the service makes. Another name is an operator's to give.
  std::optional<std::string> tls_server_name = {};
};

class Credentials {
 public:
  // All must outlive it.
  Credentials(Store& store, Publisher& publisher, const Sealer& sealer, const Clock& clock,
              const Audit& audit, const Quotas& quotas, NodeFacts facts)
      : store_(store),
        publisher_(publisher),
        sealer_(sealer),
        clock_(clock),
        audit_(audit),
        quotas_(quotas),
        facts_(std::move(facts)) {}

  // What `wanted` leaves out, the new one has as far as the caller holds it. One that may not write
  // has no `api` either, unless that is said: by the API it could otherwise be taken for one that
  // may. forbidden, here and below: see credential_rights.h. exhausted, of these two: the cache or
  // its team may not have it; operators give a team more.
  [[nodiscard]] Result<OpenCredential> create(const CredentialCaller& caller, CacheId cache,
                                              const CredentialPatch& wanted);
  [[nodiscard]] Result<std::vector<OpenCredential>> list(CacheId cache);
  [[nodiscard]] Result<OpenCredential> update(const CredentialCaller& caller, CacheId cache,
                                              CredentialId id, const CredentialPatch& patch);
  [[nodiscard]] Result<OpenCredential> promote(const CredentialCaller& caller, CacheId cache,
                                               CredentialId id);
  [[nodiscard]] Status remove(const CredentialCaller& caller, CacheId cache, CredentialId id);

  // Within a transaction of another service: a cache's first credential, and reading them all.
  [[nodiscard]] Result<CredentialRecord> insert_primary(Records& records, CacheId cache);
  std::vector<OpenCredential> open(const std::vector<CredentialRecord>& records) const;

 private:
  [[nodiscard]] Result<CredentialRecord> make(Records& records, CacheId cache) const;
  [[nodiscard]] Status apply(const CredentialCaller& caller, CredentialRecord& record,
                             const CredentialPatch& patch) const;
  [[nodiscard]] Status set_server_name(const CredentialCaller& caller, CredentialRecord& record,
                                       const std::string& wanted) const;
  OpenCredential open(CredentialRecord record) const;
  // After its row is written. Of a credential that had `port_before`; 0: none.
  [[nodiscard]] Status check_own_ports_left(Records& records, TeamId team, TeamBound bound,
                                            uint16_t port_before, uint16_t port) const;
  [[nodiscard]] Status note(Records& records, const Actor& actor, std::string_view verb,
                            const CacheRecord& cache, const CredentialRecord* before,
                            const CredentialRecord* after) const;

  Store& store_;
  Publisher& publisher_;
  const Sealer& sealer_;
  const Clock& clock_;
  const Audit& audit_;
  const Quotas& quotas_;
  const NodeFacts facts_;
};

}  // namespace cachery::control
