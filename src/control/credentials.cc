#include "control/credentials.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "control/cache_records.h"

namespace cachery::control {
namespace {

constexpr size_t kUsernameBytes = 3;
constexpr size_t kPasswordBytes = 16;
// With half of the 16.7 million usernames given, 64 attempts all fail once in 2^64.
constexpr int kUsernameAttemptsMax = 64;

Result<std::vector<CredentialRecord>> credentials_of(Records& records, CacheId cache) {
  const auto found = records.caches().find(cache);
  if (!found) return std::unexpected(found.error());
  if (!*found) {
    return fail(Fault::not_found, fmt::format("there is no cache {}: list those there are", cache));
  }
  return records.credentials().of(cache);
}

Result<CredentialRecord> find(Records& records, CacheId cache, CredentialId id) {
  const auto all = credentials_of(records, cache);
  if (!all) return std::unexpected(all.error());
  const auto at = std::ranges::find(*all, id, &CredentialRecord::id);
  if (at != all->end()) return *at;
  return fail(Fault::not_found, fmt::format("cache {} has no credential {}", cache, id));
}

Result<std::string> unused_username(Records& records) {
  for (int attempt = 0; attempt < kUsernameAttemptsMax; ++attempt) {
    std::string username = random_hex(kUsernameBytes, HexCase::lower);
    const auto taken = records.credentials().has_username(username);
    if (!taken) return std::unexpected(taken.error());
    if (!*taken) return username;
  }
  return fail(Fault::exhausted, "nearly every username is given: delete credentials not in use");
}

}  // namespace

Result<CredentialRecord> Credentials::make(Records& records, CacheId cache) const {
  const auto id = records.next(kCredentialIds);
  if (!id) return std::unexpected(id.error());
  auto username = unused_username(records);
  if (!username) return std::unexpected(username.error());
  const std::string password = random_hex(kPasswordBytes, HexCase::upper);
  CredentialRecord record;
  record.id = *id;
  record.cache = cache;
  record.username = std::move(*username);
  record.sealed_password = sealer_.seal(password);
  record.password_digest = tenant::digest_password(password);
  record.created_unix_seconds = clock_.now().unix_seconds;
  return record;
}

Status Credentials::apply(CredentialRecord& record, const CredentialPatch& patch) const {
  const auto set = [](auto& field, const auto& wanted) {
    if (wanted) field = *wanted;
  };
  set(record.capabilities.write, patch.write);
  set(record.capabilities.flush, patch.flush);
  set(record.capabilities.api, patch.api);
  set(record.key_prefix, patch.key_prefix);
  set(record.admission.own_port, patch.own_port);
  set(record.admission.own_port_networks, patch.own_port_networks);
  // Giving the port up gives its list up: nobody should have to say both.
  if (patch.own_port == uint16_t{0}) record.admission.own_port_networks.clear();
  set(record.admission.tls_client_name, patch.tls_client_name);
  set(record.admission.tls_server_name, patch.tls_server_name);
  if (auto checked = check_key_prefix(record.key_prefix); !checked) return checked;
  return check_admission(record.admission, facts_);
}

Result<OpenCredential> Credentials::open(CredentialRecord record) const {
  auto password = sealer_.open(record.sealed_password);
  if (!password) return std::unexpected(password.error());
  return OpenCredential{std::move(record), std::move(*password)};
}

Result<std::vector<OpenCredential>> Credentials::open(
    const std::vector<CredentialRecord>& records) const {
  std::vector<OpenCredential> opened;
  opened.reserve(records.size());
  for (const CredentialRecord& record : records) {
    auto one = open(record);
    if (!one) return std::unexpected(one.error());
    opened.push_back(std::move(*one));
  }
  return opened;
}

Result<CredentialRecord> Credentials::insert_primary(Records& records, CacheId cache) {
  auto record = make(records, cache);
  if (!record) return record;
  record->is_primary = true;
  if (auto inserted = records.credentials().insert(*record); !inserted)
    return std::unexpected(inserted.error());
  return record;
}

Result<OpenCredential> Credentials::create(CacheId cache, const CredentialPatch& wanted) {
  CredentialRecord created;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    const auto all = credentials_of(records, cache);
    if (!all) return std::unexpected(all.error());
    if (all->size() >= kCredentialsPerCacheMax) {
      return fail(Fault::exhausted, fmt::format("cache {} has {} credentials, the most it may: "
                                                "delete one first",
                                                cache, all->size()));
    }
    auto record = make(records, cache);
    if (!record) return std::unexpected(record.error());
    if (auto applied = apply(*record, wanted); !applied) return applied;
    created = std::move(*record);
    return records.credentials().insert(created);
  });
  if (!changed) return std::unexpected(changed.error());
  return open(std::move(created));
}

Result<std::vector<OpenCredential>> Credentials::list(CacheId cache) {
  std::vector<CredentialRecord> found;
  const auto done = store_.read([&](Records& records) -> Status {
    auto all = credentials_of(records, cache);
    if (!all) return std::unexpected(all.error());
    found = std::move(*all);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return open(found);
}

Result<OpenCredential> Credentials::update(CacheId cache, CredentialId id,
                                           const CredentialPatch& patch) {
  CredentialRecord updated;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    auto record = find(records, cache, id);
    if (!record) return std::unexpected(record.error());
    if (auto applied = apply(*record, patch); !applied) return applied;
    updated = std::move(*record);
    return records.credentials().update(updated);
  });
  if (!changed) return std::unexpected(changed.error());
  return open(std::move(updated));
}

Result<OpenCredential> Credentials::promote(CacheId cache, CredentialId id) {
  CredentialRecord promoted;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    auto record = find(records, cache, id);
    if (!record) return std::unexpected(record.error());
    auto all = records.credentials().of(cache);
    if (!all) return std::unexpected(all.error());
    for (CredentialRecord& other : *all) {
      if (!other.is_primary) continue;
      other.is_primary = false;
      if (auto demoted = records.credentials().update(other); !demoted) return demoted;
    }
    record->is_primary = true;
    promoted = std::move(*record);
    return records.credentials().update(promoted);
  });
  if (!changed) return std::unexpected(changed.error());
  return open(std::move(promoted));
}

Status Credentials::remove(CacheId cache, CredentialId id) {
  return publisher_.change([&](Records& records) -> Status {
    const auto record = find(records, cache, id);
    if (!record) return std::unexpected(record.error());
    const auto all = records.credentials().of(cache);
    if (!all) return std::unexpected(all.error());
    if (all->size() == 1) {
      return fail(Fault::conflict, fmt::format("{} is the last credential of cache {}: create "
                                               "another first",
                                               record->username, cache));
    }
    if (record->is_primary) {
      return fail(Fault::conflict, fmt::format("{} is the primary credential of cache {}: promote "
                                               "another first",
                                               record->username, cache));
    }
    return records.credentials().remove(id);
  });
}

}  // namespace cachery::control
