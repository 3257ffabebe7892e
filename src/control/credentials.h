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
#include "control/publisher.h"
#include "control/seal.h"

namespace cachery::control {

inline constexpr size_t kCredentialsPerCacheMax = 1000;

// A credential as its owner sees it.
struct OpenCredential {
  CredentialRecord record;
  std::string password;  // 32 upper-case hex digits; empty: damaged, the log names it
};

// Only what is set changes.
struct CredentialPatch {
  std::optional<bool> write = {};
  std::optional<bool> flush = {};
  std::optional<bool> api = {};
  std::optional<std::string> key_prefix = {};
  std::optional<uint16_t> own_port = {};
  std::optional<std::vector<std::string>> own_port_networks = {};
  std::optional<std::string> tls_client_name = {};
  std::optional<std::string> tls_server_name = {};
};

class Credentials {
 public:
  // All must outlive it.
  Credentials(Store& store, Publisher& publisher, const Sealer& sealer, const Clock& clock,
              const Audit& audit, NodeFacts facts)
      : store_(store),
        publisher_(publisher),
        sealer_(sealer),
        clock_(clock),
        audit_(audit),
        facts_(std::move(facts)) {}

  [[nodiscard]] Result<OpenCredential> create(const Actor& actor, CacheId cache,
                                              const CredentialPatch& wanted);
  [[nodiscard]] Result<std::vector<OpenCredential>> list(CacheId cache);
  [[nodiscard]] Result<OpenCredential> update(const Actor& actor, CacheId cache, CredentialId id,
                                              const CredentialPatch& patch);
  [[nodiscard]] Result<OpenCredential> promote(const Actor& actor, CacheId cache, CredentialId id);
  [[nodiscard]] Status remove(const Actor& actor, CacheId cache, CredentialId id);

  // Within a transaction of another service: a cache's first credential, and reading them all.
  [[nodiscard]] Result<CredentialRecord> insert_primary(Records& records, CacheId cache);
  std::vector<OpenCredential> open(const std::vector<CredentialRecord>& records) const;

 private:
  [[nodiscard]] Result<CredentialRecord> make(Records& records, CacheId cache) const;
  [[nodiscard]] Status apply(CredentialRecord& record, const CredentialPatch& patch) const;
  OpenCredential open(CredentialRecord record) const;
  [[nodiscard]] Status note(Records& records, const Actor& actor, std::string_view verb,
                            const CacheRecord& cache, const CredentialRecord* before,
                            const CredentialRecord* after) const;

  Store& store_;
  Publisher& publisher_;
  const Sealer& sealer_;
  const Clock& clock_;
  const Audit& audit_;
  const NodeFacts facts_;
};

}  // namespace cachery::control
