// The immutable lookup table that a node makes of a Snapshot.
// - Never changed after it is built; shared by all workers, replaced whole.
// - A credential is found by its username in one hash lookup; an unknown username yields null and
//   the caller compares with a dummy digest, so that it takes as long as a wrong password.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "tenant/snapshot.h"

namespace cachery::tenant {

// A credential with its cache. Both live as long as the table.
struct Entry {
  const Cache* cache = nullptr;
  const Credential* credential = nullptr;
};

class TenantTable {
 public:
  // Fails (invalid) on a username, cache id, own port, server name or client name used twice.
  [[nodiscard]] static Result<std::shared_ptr<const TenantTable>> build(Snapshot snapshot);

  const Snapshot& snapshot() const { return snapshot_; }
  const Cache* find_cache(CacheId id) const;
  // Usernames are hex digits that clients hold in either case: found without regard to case.
  const Entry* find_username(std::string_view username) const;
  const Entry* find_credential(CredentialId id) const;
  const Entry* find_tls_client(std::string_view name) const;
  const Entry* find_tls_server_name(std::string_view name) const;
  const Entry* find_own_port(uint16_t port) const;

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ByText = std::unordered_map<std::string, Entry, TextHash, std::equal_to<>>;

  TenantTable() = default;
  [[nodiscard]] Status add(const Cache& cache, const Credential& credential);

  Snapshot snapshot_;
  std::unordered_map<CacheId, const Cache*> caches_;
  std::unordered_map<CredentialId, Entry> credentials_;
  std::unordered_map<uint16_t, Entry> own_ports_;
  ByText usernames_;
  ByText tls_clients_;
  ByText tls_server_names_;
};

}  // namespace cachery::tenant
