#include "control/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/random.h"
#include "control/cache_name.h"
#include "control/cache_records.h"
#include "tenant/credential_form.h"

namespace cachery::control {
namespace {

// With half of the 16.7 million usernames given, 64 attempts all fail once in 2^64.
constexpr int kUsernameAttemptsMax = 64;

// Their cache with them, for what is noted about it.
struct Keyring {
  CacheRecord cache = {};
  std::vector<CredentialRecord> credentials = {};

  Result<CredentialRecord> find(CredentialId id) const;
};

Result<Keyring> read_keyring(Records& records, CacheId cache) {
  auto found = find_live_cache(records, cache);
  if (!found) return std::unexpected(found.error());
  auto credentials = records.credentials().of(cache);
  if (!credentials) return std::unexpected(credentials.error());
  return Keyring{std::move(*found), std::move(*credentials)};
}

Result<CredentialRecord> Keyring::find(CredentialId id) const {
  const auto at = std::ranges::find(credentials, id, &CredentialRecord::id);
  if (at != credentials.end()) return *at;
  return fail(Fault::not_found, fmt::format("cache {} has no credential {}", cache.id, id));
}

// Of a credential that had `port_before`; 0: none.
Status check_own_ports_left(Records& records, const CacheRecord& cache, uint16_t port_before,
                            const CredentialRecord& after) {
  if (port_before != 0 || after.admission.own_port == 0) return {};
  const auto caches = records.caches().all();
  if (!caches) return std::unexpected(caches.error());
  const auto credentials = records.credentials().all();
  if (!credentials) return std::unexpected(credentials.error());
  std::unordered_set<CacheId> of_team;
  for (const CacheRecord& other : *caches) {
    if (other.team == cache.team) of_team.insert(other.id);
  }
  size_t count = 0;
  size_t team_count = 0;
  for (const CredentialRecord& other : *credentials) {
    if (other.admission.own_port == 0) continue;
    ++count;
    team_count += of_team.contains(other.cache);
  }
  if (team_count >= kOwnPortsPerTeamMax && cache.team != 0) {
    return fail(Fault::exhausted, fmt::format("the team's credentials have {} own ports, the most "
                                              "they may: give one up first",
                                              team_count));
  }
  if (count < kOwnPortsMax) return {};
  return fail(Fault::exhausted, fmt::format("the service has {} own ports, the most it may: ask "
                                            "its operator",
                                            count));
}

// Everything but its password.
boost::json::object describe(const CredentialRecord& record) {
  const tenant::Admission& admission = record.admission;
  boost::json::array networks;
  for (const std::string& network : admission.own_port_networks) networks.emplace_back(network);
  return {{"username", record.username},
          {"primary", record.is_primary},
          {"write", record.capabilities.write},
          {"flush", record.capabilities.flush},
          {"api", record.capabilities.api},
          {"key_prefix", record.key_prefix},
          {"own_port", admission.own_port},
          {"own_port_networks", std::move(networks)},
          {"tls_client_name", admission.tls_client_name},
          // As secret as a password, so only that there is one.
          {"has_tls_server_name", !admission.tls_server_name.empty()}};
}

Result<std::string> unused_username(Records& records) {
  for (int attempt = 0; attempt < kUsernameAttemptsMax; ++attempt) {
    std::string username = random_hex(tenant::kUsernameDigits / 2, HexCase::lower);
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
  const std::string password = random_hex(tenant::kPasswordDigits / 2, HexCase::upper);
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

OpenCredential Credentials::open(CredentialRecord record) const {
  std::string password =
      sealer_.open_or_empty(record.sealed_password, "password of credential", record.id);
  return {std::move(record), std::move(password)};
}

std::vector<OpenCredential> Credentials::open(const std::vector<CredentialRecord>& records) const {
  std::vector<OpenCredential> opened;
  opened.reserve(records.size());
  for (const CredentialRecord& record : records) opened.push_back(open(record));
  return opened;
}

Status Credentials::note(Records& records, const Actor& actor, std::string_view verb,
                         const CacheRecord& cache, const CredentialRecord* before,
                         const CredentialRecord* after) const {
  const CredentialRecord& record = after != nullptr ? *after : *before;
  return audit_.note(records, actor,
                     {.action = fmt::format("credential.{}", verb),
                      .object_kind = "credential",
                      .object_id = std::to_string(record.id),
                      .cache = cache.id,
                      .team = cache.team,
                      .before = before != nullptr ? describe(*before) : boost::json::object(),
                      .after = after != nullptr ? describe(*after) : boost::json::object()});
}

Result<CredentialRecord> Credentials::insert_primary(Records& records, CacheId cache) {
  auto record = make(records, cache);
  if (!record) return record;
  record->is_primary = true;
  if (auto inserted = records.credentials().insert(*record); !inserted) {
    return std::unexpected(inserted.error());
  }
  return record;
}

Result<OpenCredential> Credentials::create(const Actor& actor, CacheId cache,
                                           const CredentialPatch& wanted) {
  CredentialRecord created;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    const auto keyring = read_keyring(records, cache);
    if (!keyring) return std::unexpected(keyring.error());
    const size_t count = keyring->credentials.size();
    if (count >= kCredentialsPerCacheMax) {
      return fail(Fault::exhausted, fmt::format("cache {} has {} credentials, the most it may: "
                                                "delete one first",
                                                cache, count));
    }
    auto record = make(records, cache);
    if (!record) return std::unexpected(record.error());
    if (auto applied = apply(*record, wanted); !applied) return applied;
    created = std::move(*record);
    if (auto left = check_own_ports_left(records, keyring->cache, 0, created); !left) return left;
    if (auto inserted = records.credentials().insert(created); !inserted) return inserted;
    return note(records, actor, "create", keyring->cache, nullptr, &created);
  });
  if (!changed) return std::unexpected(changed.error());
  return open(std::move(created));
}

Result<std::vector<OpenCredential>> Credentials::list(CacheId cache) {
  std::vector<CredentialRecord> found;
  const auto done = store_.read([&](Records& records) -> Status {
    auto keyring = read_keyring(records, cache);
    if (!keyring) return std::unexpected(keyring.error());
    found = std::move(keyring->credentials);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return open(found);
}

Result<OpenCredential> Credentials::update(const Actor& actor, CacheId cache, CredentialId id,
                                           const CredentialPatch& patch) {
  CredentialRecord updated;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    const auto keyring = read_keyring(records, cache);
    if (!keyring) return std::unexpected(keyring.error());
    const auto before = keyring->find(id);
    if (!before) return std::unexpected(before.error());
    updated = *before;
    if (auto applied = apply(updated, patch); !applied) return applied;
    const uint16_t port_before = before->admission.own_port;
    if (auto left = check_own_ports_left(records, keyring->cache, port_before, updated); !left) {
      return left;
    }
    if (auto written = records.credentials().update(updated); !written) return written;
    return note(records, actor, "update", keyring->cache, &*before, &updated);
  });
  if (!changed) return std::unexpected(changed.error());
  return open(std::move(updated));
}

Result<OpenCredential> Credentials::promote(const Actor& actor, CacheId cache, CredentialId id) {
  CredentialRecord promoted;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    auto keyring = read_keyring(records, cache);
    if (!keyring) return std::unexpected(keyring.error());
    const auto before = keyring->find(id);
    if (!before) return std::unexpected(before.error());
    for (CredentialRecord& other : keyring->credentials) {
      if (!other.is_primary) continue;
      other.is_primary = false;
      if (auto demoted = records.credentials().update(other); !demoted) return demoted;
    }
    promoted = *before;
    promoted.is_primary = true;
    if (auto written = records.credentials().update(promoted); !written) return written;
    return note(records, actor, "promote", keyring->cache, &*before, &promoted);
  });
  if (!changed) return std::unexpected(changed.error());
  return open(std::move(promoted));
}

Status Credentials::remove(const Actor& actor, CacheId cache, CredentialId id) {
  return publisher_.change([&](Records& records) -> Status {
    const auto keyring = read_keyring(records, cache);
    if (!keyring) return std::unexpected(keyring.error());
    const auto record = keyring->find(id);
    if (!record) return std::unexpected(record.error());
    if (keyring->credentials.size() == 1) {
      return fail(Fault::conflict, fmt::format("{} is the last credential of cache {}: create "
                                               "another first",
                                               record->username, cache));
    }
    if (record->is_primary) {
      return fail(Fault::conflict, fmt::format("{} is the primary credential of cache {}: promote "
                                               "another first",
                                               record->username, cache));
    }
    if (auto removed = records.credentials().remove(id); !removed) return removed;
    return note(records, actor, "delete", keyring->cache, &*record, nullptr);
  });
}

}  // namespace cachery::control
