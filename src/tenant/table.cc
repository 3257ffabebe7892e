#include "tenant/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace cachery::tenant {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

template <typename Map, typename Key>
const Entry* find_in(const Map& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? nullptr : &at->second;
}

}  // namespace

Result<std::shared_ptr<const TenantTable>> TenantTable::build(Snapshot snapshot) {
  std::shared_ptr<TenantTable> table(new TenantTable);
  table->snapshot_ = std::move(snapshot);
  table->caches_.reserve(table->snapshot_.caches.size());
  for (const Cache& cache : table->snapshot_.caches) {
    if (!table->caches_.emplace(cache.id, &cache).second) {
      return fail(Fault::invalid, fmt::format("cache {} is in the snapshot twice", cache.id));
    }
    for (const Credential& credential : cache.credentials) {
      if (auto added = table->add(cache, credential); !added) return std::unexpected(added.error());
    }
  }
  return table;
}

Status TenantTable::add(const Cache& cache, const Credential& credential) {
  const Entry entry{&cache, &credential};
  const Admission& admission = credential.admission;
  const bool is_new =
      usernames_.emplace(lower(credential.username), entry).second &&
      credentials_.emplace(credential.id, entry).second &&
      (admission.own_port == 0 || own_ports_.emplace(admission.own_port, entry).second) &&
      (admission.tls_client_name.empty() ||
       tls_clients_.emplace(admission.tls_client_name, entry).second) &&
      (admission.tls_server_name.empty() ||
       tls_server_names_.emplace(lower(admission.tls_server_name), entry).second);
  if (is_new) return {};
  return fail(Fault::invalid,
              fmt::format("credential {} of cache {} has a name or port that another one has",
                          credential.username, cache.id));
}

const Cache* TenantTable::find_cache(CacheId id) const {
  const auto at = caches_.find(id);
  return at == caches_.end() ? nullptr : at->second;
}

const Entry* TenantTable::find_username(std::string_view username) const {
  return find_in(usernames_, lower(username));
}

const Entry* TenantTable::find_credential(CredentialId id) const {
  return find_in(credentials_, id);
}

const Entry* TenantTable::find_tls_client(std::string_view name) const {
  return find_in(tls_clients_, name);
}

const Entry* TenantTable::find_tls_server_name(std::string_view name) const {
  return find_in(tls_server_names_, lower(name));
}

const Entry* TenantTable::find_own_port(uint16_t port) const { return find_in(own_ports_, port); }

}  // namespace cachery::tenant
