#include "tenant/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cachery::tenant {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

const Credential* find_in(const Cache* cache, CredentialId id) {
  if (cache == nullptr) return nullptr;
  const auto at = std::ranges::lower_bound(cache->credentials, id, {}, &Credential::id);
  return at == cache->credentials.end() || at->id != id ? nullptr : &*at;
}

// Whether both are found by the same.
bool has_same_names(const Credential& a, const Credential& b) {
  return a.username == b.username && a.admission.own_port == b.admission.own_port &&
         a.admission.tls_client_name == b.admission.tls_client_name &&
         a.admission.tls_server_name == b.admission.tls_server_name;
}

}  // namespace

const Entry* TenantTable::Row::find(CredentialId id) const {
  const auto at = std::ranges::lower_bound(entries, id, {},
                                           [](const Entry& entry) { return entry.credential->id; });
  return at == entries.end() || at->credential->id != id ? nullptr : &*at;
}

Result<std::shared_ptr<const TenantTable>> TenantTable::build(Snapshot snapshot) {
  std::shared_ptr<TenantTable> table(new TenantTable);
  table->revision_ = snapshot.revision;
  std::vector<CacheId> ids;
  for (const Cache& cache : snapshot.caches) ids.push_back(cache.id);
  std::ranges::sort(ids);
  if (const auto twice = std::ranges::adjacent_find(ids); twice != ids.end()) {
    return fail(Fault::invalid, fmt::format("cache {} is in the snapshot twice", *twice));
  }
  if (auto put = table->put(std::move(snapshot.caches)); !put) return std::unexpected(put.error());
  return table;
}

Result<std::shared_ptr<const TenantTable>> TenantTable::with(Difference difference) const {
  if (difference.revision <= revision_) {
    return fail(Fault::invalid,
                fmt::format("revision {} is not later than {}", difference.revision, revision_));
  }
  std::shared_ptr<TenantTable> table(new TenantTable(*this));
  table->revision_ = difference.revision;
  for (const CacheId id : difference.gone) {
    const Row* row = find_row(id);
    if (row == nullptr) continue;
    table->drop_names(row->cache, nullptr);
    table->caches_.erase(table->revision_, id);
  }
  if (auto put = table->put(std::move(difference.changed)); !put) {
    return std::unexpected(put.error());
  }
  return table;
}

// All old names go before the first new one comes: two caches may exchange a name.
Status TenantTable::put(std::vector<Cache> caches) {
  std::vector<std::shared_ptr<const Row>> before;
  for (Cache& cache : caches) {
    std::ranges::sort(cache.credentials, {}, &Credential::id);
    const auto* old = caches_.find(cache.id);
    before.push_back(old != nullptr ? *old : nullptr);
    if (old != nullptr) drop_names(before.back()->cache, &cache);
    caches_.erase(revision_, cache.id);
  }
  for (size_t i = 0; i < caches.size(); ++i) {
    if (auto added = add_names(caches[i], before[i].get()); !added) return added;
    auto row = std::make_shared<Row>();
    row->cache = std::move(caches[i]);
    row->entries.reserve(row->cache.credentials.size());
    for (const Credential& one : row->cache.credentials) {
      row->entries.push_back({&row->cache, &one});
    }
    const CacheId id = row->cache.id;
    caches_.insert(revision_, id, std::move(row));
  }
  return {};
}

// Of the credentials that `replaced_by` (null: nothing) has no more, or by other names.
void TenantTable::drop_names(const Cache& cache, const Cache* replaced_by) {
  for (const Credential& old : cache.credentials) {
    const Credential* now = find_in(replaced_by, old.id);
    if (now != nullptr && has_same_names(old, *now)) continue;
    const Admission& admission = old.admission;
    credentials_.erase(revision_, old.id);
    usernames_.erase(revision_, lower(old.username));
    own_ports_.erase(revision_, admission.own_port);
    tls_clients_.erase(revision_, admission.tls_client_name);
    tls_server_names_.erase(revision_, lower(admission.tls_server_name));
  }
}

// Its twin: of the credentials that were not there, or had other names.
Status TenantTable::add_names(const Cache& cache, const Row* before) {
  for (const Credential& now : cache.credentials) {
    const Credential* old = find_in(before == nullptr ? nullptr : &before->cache, now.id);
    if (old != nullptr && has_same_names(*old, now)) continue;
    const Place place{.cache = cache.id, .credential = now.id};
    const Admission& admission = now.admission;
    const bool is_new =
        usernames_.insert(revision_, lower(now.username), place) &&
        credentials_.insert(revision_, now.id, place) &&
        (admission.own_port == 0 || own_ports_.insert(revision_, admission.own_port, place)) &&
        (admission.tls_client_name.empty() ||
         tls_clients_.insert(revision_, admission.tls_client_name, place)) &&
        (admission.tls_server_name.empty() ||
         tls_server_names_.insert(revision_, lower(admission.tls_server_name), place));
    if (is_new) continue;
    return fail(Fault::invalid,
                fmt::format("credential {} of cache {} has a name or port that another one has",
                            now.username, cache.id));
  }
  return {};
}

const TenantTable::Row* TenantTable::find_row(CacheId id) const {
  const auto* row = caches_.find(id);
  return row == nullptr ? nullptr : row->get();
}

const Entry* TenantTable::find(const Place* place) const {
  const Row* row = place == nullptr ? nullptr : find_row(place->cache);
  return row == nullptr ? nullptr : row->find(place->credential);
}

const Cache* TenantTable::find_cache(CacheId id) const {
  const Row* row = find_row(id);
  return row == nullptr ? nullptr : &row->cache;
}

const Entry* TenantTable::find_username(std::string_view username) const {
  return find(usernames_.find(lower(username)));
}

const Entry* TenantTable::find_credential(CredentialId id) const {
  return find(credentials_.find(id));
}

const Entry* TenantTable::find_tls_client(std::string_view name) const {
  return find(tls_clients_.find(name));
}

const Entry* TenantTable::find_tls_server_name(std::string_view name) const {
  return find(tls_server_names_.find(lower(name)));
}

const Entry* TenantTable::find_own_port(uint16_t port) const { return find(own_ports_.find(port)); }

std::vector<CacheId> TenantTable::cache_ids() const {
  std::vector<CacheId> ids;
  caches_.for_each([&](CacheId id, const std::shared_ptr<const Row>&) { ids.push_back(id); });
  std::ranges::sort(ids);
  return ids;
}

std::vector<Entry> TenantTable::with_own_ports() const {
  std::vector<Entry> found;
  own_ports_.for_each([&](uint16_t, const Place& place) {
    if (const Entry* entry = find(&place)) found.push_back(*entry);
  });
  return found;
}

Snapshot TenantTable::snapshot() const {
  Snapshot all{.revision = revision_, .caches = {}};
  all.caches.reserve(caches_.size());
  caches_.for_each(
      [&](CacheId, const std::shared_ptr<const Row>& row) { all.caches.push_back(row->cache); });
  std::ranges::sort(all.caches, {}, &Cache::id);
  return all;
}

}  // namespace cachery::tenant
