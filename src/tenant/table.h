// The immutable lookup table that a node makes of what the control plane tells it. Never changed
// once it is built; shared by all workers, replaced whole.
// - One table is made of another by a Difference, and shares with it all that did not change: maps
//   whose copies share their leaves (shared_map.h), and one row a cache with its credentials. A
//   change of one credential among 300,000 copies its cache's row and one leaf of each map that it
//   changes; so does letting go of the older table.
// - Names lead to ids, and ids to the cache's row: a row that is replaced leaves the names alone.
// - A credential is found by its username in a few lookups; an unknown username yields null and the
//   caller compares with a dummy digest, so that it takes as long as a wrong password.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tenant/shared_map.h"
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
  // This one as it is afterwards. invalid: as above, or the revision is not a later one.
  [[nodiscard]] Result<std::shared_ptr<const TenantTable>> with(Difference difference) const;

  uint64_t revision() const { return revision_; }
  size_t caches_count() const { return caches_.size(); }
  const Cache* find_cache(CacheId id) const;
  // Usernames are hex digits that clients hold in either case: found without regard to case.
  const Entry* find_username(std::string_view username) const;
  const Entry* find_credential(CredentialId id) const;
  const Entry* find_tls_client(std::string_view name) const;
  const Entry* find_tls_server_name(std::string_view name) const;
  const Entry* find_own_port(uint16_t port) const;

  std::vector<CacheId> cache_ids() const;  // in their order
  // Those with an own port, in no order.
  std::vector<Entry> with_own_ports() const;
  // A copy of all, in the order of ids: not for each change.
  Snapshot snapshot() const;

 private:
  // A cache as the table keeps it. The entries point into it.
  struct Row {
    Cache cache = {};  // its credentials in the order of their ids
    std::vector<Entry> entries = {};

    const Entry* find(CredentialId id) const;
  };
  struct Place {
    CacheId cache = 0;
    CredentialId credential = 0;
  };
  template <typename Key, typename Hash = std::hash<Key>>
  using Places = SharedMap<Key, Place, Hash>;

  TenantTable() = default;
  const Row* find_row(CacheId id) const;
  const Entry* find(const Place* place) const;
  void drop_names(const Cache& cache, const Cache* replaced_by);
  [[nodiscard]] Status add_names(const Cache& cache, const Row* before);
  [[nodiscard]] Status put(std::vector<Cache> caches);

  uint64_t revision_ = 0;
  SharedMap<CacheId, std::shared_ptr<const Row>> caches_;
  Places<CredentialId> credentials_;
  Places<uint16_t> own_ports_;
  Places<std::string, TextHash> usernames_;
  Places<std::string, TextHash> tls_clients_;
  Places<std::string, TextHash> tls_server_names_;
};

}  // namespace cachery::tenant
