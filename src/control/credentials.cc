#include "control/credentials.h"

#include <fmt/format.h>

#include <algorithm>

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

Result<Keyring> read_keyring_to_change(Records& records, const CredentialCaller& caller,
                                       CacheId cache) {
  auto keyring = read_keyring(records, cache);
  if (!keyring) return keyring;
  const auto may = check_team_is_answered_for(records, caller.actor, keyring->cache);
  if (!may) return std::unexpected(may.error());
  return keyring;
}

Result<CredentialRecord> Keyring::find(CredentialId id) const {
  const auto at = std::ranges::find(credentials, id, &CredentialRecord::id);
  if (at != credentials.end()) return *at;
  return fail(Fault::not_found, fmt::format("cache {} has no credential {}", cache.id, id));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// What another credential has is taken, whose it is told to nobody. A deleted cache's keep theirs
// until it is purged, so that it can be restored.
Status check_is_free(Records& records, const CredentialRecord& before,
                     const CredentialRecord& after) {
  const tenant::Admission& wanted = after.admission;
  const std::string server_name = lower(wanted.tls_server_name);
  const bool has_new_port = wanted.own_port != 0 && wanted.own_port != before.admission.own_port;
  const bool has_new_client =
      !wanted.tls_client_name.empty() && wanted.tls_client_name != before.admission.tls_client_name;
  const bool has_new_server =
      !server_name.empty() && server_name != lower(before.admission.tls_server_name);
  if (!has_new_port && !has_new_client && !has_new_server) return {};
  const auto all = records.credentials().all();
  if (!all) return std::unexpected(all.error());
  const auto taken = [](std::string_view field, const auto& value) {
    return fail(Fault::conflict, fmt::format("{} {} is taken: choose another", field, value));
  };
  for (const CredentialRecord& other : *all) {
    if (other.id == after.id) continue;
    const tenant::Admission& has = other.admission;
    if (has_new_port && has.own_port == wanted.own_port) return taken("own_port", has.own_port);
    if (has_new_client && has.tls_client_name == wanted.tls_client_name) {
      return taken("tls_client_name", has.tls_client_name);
    }
    if (has_new_server && lower(has.tls_server_name) == server_name) {
      return taken("tls_server_name", wanted.tls_server_name);
    }
  }
  return {};
}

TeamBound bound_for(const CredentialCaller& caller) {
  return caller.is_operator ? TeamBound::waived : TeamBound::kept;
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

bool says_capabilities(const CredentialPatch& patch) {
  return patch.write || patch.flush || patch.api;
}

Status check_may_create(Records& records, const CredentialCaller& caller, const CacheRecord& cache,
                        const CredentialPatch& wanted, const CredentialRecord& created) {
  if (auto may = check_plan_allows(records, caller, cache, CredentialChange::manage); !may) {
    return may;
  }
  if (says_capabilities(wanted) && created.capabilities != tenant::Capabilities{}) {
    const auto may = check_plan_allows(records, caller, cache, CredentialChange::capabilities);
    if (!may) return may;
  }
  return check_may_give(caller, created.capabilities);
}

Status check_may_update(Records& records, const CredentialCaller& caller, const CacheRecord& cache,
                        const CredentialRecord& before, const CredentialRecord& after) {
  if (auto may = check_may_touch(caller, before); !may) return may;
  if (after.capabilities == before.capabilities) return {};
  const auto may = check_plan_allows(records, caller, cache, CredentialChange::capabilities);
  return may ? check_may_give(caller, after.capabilities) : may;
}

// The one that was the primary loses its place, so it must be no more than the caller's either.
Status check_may_promote(Records& records, const CredentialCaller& caller, const Keyring& keyring,
                         const CredentialRecord& promoted) {
  if (auto may = check_may_touch(caller, promoted); !may) return may;
  for (const CredentialRecord& other : keyring.credentials) {
    if (!other.is_primary) continue;
    if (auto may = check_may_touch(caller, other); !may) return may;
  }
  return check_plan_allows(records, caller, keyring.cache, CredentialChange::manage);
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

// A name that a tenant could choose could be another's alias: whoever came by that would be let in
// to the cache of the one who chose it. So the service makes them, and operators give the others.
Status Credentials::set_server_name(const CredentialCaller& caller, CredentialRecord& record,
                                    const std::string& wanted) const {
  std::string& name = record.admission.tls_server_name;
  if (wanted == kNewServerName) {
    if (facts_.tls_name_domain.empty()) {
      return fail(Fault::forbidden,
                  "this service has no domain for TLS server names: ask its operator, who sets it "
                  "with --tls-name-domain or gives a name");
    }
    name = new_server_name(facts_.tls_name_domain);
    return {};
  }
  if (!wanted.empty() && wanted != name && !caller.is_operator) {
    return fail(Fault::forbidden,
                fmt::format("tls_server_name \"{}\" is not yours to choose: say \"{}\" for a name "
                            "that the service makes, or ask its operator for this one",
                            wanted.substr(0, 253), kNewServerName));
  }
  name = wanted;
  return {};
}

Status Credentials::apply(const CredentialCaller& caller, CredentialRecord& record,
                          const CredentialPatch& patch) const {
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
  if (patch.tls_server_name) {
    auto named = set_server_name(caller, record, *patch.tls_server_name);
    if (!named) return named;
  }
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

Status Credentials::check_own_ports_left(Records& records, TeamId team, TeamBound bound,
                                         uint16_t port_before, uint16_t port) const {
  if (port_before != 0 || port == 0) return {};
  if (bound == TeamBound::kept) {
    if (auto kept = quotas_.check(records, team, {Quota::own_ports}); !kept) return kept;
  }
  const auto count = records.quotas().own_ports_count();
  if (!count) return std::unexpected(count.error());
  if (*count <= kOwnPortsMax) return {};
  return fail(Fault::exhausted, fmt::format("the service has {} own ports, the most it may: ask "
                                            "its operator",
                                            kOwnPortsMax));
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

Result<OpenCredential> Credentials::create(const CredentialCaller& caller, CacheId cache,
                                           const CredentialPatch& wanted) {
  CredentialRecord created;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    const auto keyring = read_keyring_to_change(records, caller, cache);
    if (!keyring) return std::unexpected(keyring.error());
    const size_t count = keyring->credentials.size();
    if (count >= kCredentialsPerCacheMax) {
      return fail(Fault::exhausted, fmt::format("cache {} has {} credentials, the most it may: "
                                                "delete one first",
                                                cache, count));
    }
    auto record = make(records, cache);
    if (!record) return std::unexpected(record.error());
    record->capabilities = caller.holds;
    if (wanted.write == false) record->capabilities.api = false;
    if (auto applied = apply(caller, *record, wanted); !applied) return applied;
    created = std::move(*record);
    if (auto may = check_may_create(records, caller, keyring->cache, wanted, created); !may) {
      return may;
    }
    if (auto is_free = check_is_free(records, {}, created); !is_free) return is_free;
    if (auto inserted = records.credentials().insert(created); !inserted) return inserted;
    const TeamId team = keyring->cache.team;
    const TeamBound bound = bound_for(caller);
    if (bound == TeamBound::kept) {
      if (auto kept = quotas_.check(records, team, {Quota::credentials}); !kept) return kept;
    }
    const uint16_t port = created.admission.own_port;
    if (auto left = check_own_ports_left(records, team, bound, 0, port); !left) return left;
    return note(records, caller.actor, "create", keyring->cache, nullptr, &created);
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

Result<OpenCredential> Credentials::update(const CredentialCaller& caller, CacheId cache,
                                           CredentialId id, const CredentialPatch& patch) {
  CredentialRecord updated;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    const auto keyring = read_keyring_to_change(records, caller, cache);
    if (!keyring) return std::unexpected(keyring.error());
    const auto before = keyring->find(id);
    if (!before) return std::unexpected(before.error());
    updated = *before;
    if (auto applied = apply(caller, updated, patch); !applied) return applied;
    if (auto may = check_may_update(records, caller, keyring->cache, *before, updated); !may) {
      return may;
    }
    if (auto is_free = check_is_free(records, *before, updated); !is_free) return is_free;
    if (auto written = records.credentials().update(updated); !written) return written;
    const Status left =
        check_own_ports_left(records, keyring->cache.team, bound_for(caller),
                             before->admission.own_port, updated.admission.own_port);
    if (!left) return left;
    return note(records, caller.actor, "update", keyring->cache, &*before, &updated);
  });
  if (!changed) return std::unexpected(changed.error());
  return open(std::move(updated));
}

Result<OpenCredential> Credentials::promote(const CredentialCaller& caller, CacheId cache,
                                            CredentialId id) {
  CredentialRecord promoted;
  const auto changed = publisher_.change([&](Records& records) -> Status {
    auto keyring = read_keyring_to_change(records, caller, cache);
    if (!keyring) return std::unexpected(keyring.error());
    const auto before = keyring->find(id);
    if (!before) return std::unexpected(before.error());
    if (auto may = check_may_promote(records, caller, *keyring, *before); !may) return may;
    for (CredentialRecord& other : keyring->credentials) {
      if (!other.is_primary) continue;
      other.is_primary = false;
      if (auto demoted = records.credentials().update(other); !demoted) return demoted;
    }
    promoted = *before;
    promoted.is_primary = true;
    if (auto written = records.credentials().update(promoted); !written) return written;
    return note(records, caller.actor, "promote", keyring->cache, &*before, &promoted);
  });
  if (!changed) return std::unexpected(changed.error());
  return open(std::move(promoted));
}

Status Credentials::remove(const CredentialCaller& caller, CacheId cache, CredentialId id) {
  return publisher_.change([&](Records& records) -> Status {
    const auto keyring = read_keyring_to_change(records, caller, cache);
    if (!keyring) return std::unexpected(keyring.error());
    const auto record = keyring->find(id);
    if (!record) return std::unexpected(record.error());
    if (auto may = check_may_touch(caller, *record); !may) return may;
    if (auto may = check_plan_allows(records, caller, keyring->cache, CredentialChange::manage);
        !may) {
      return may;
    }
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
    return note(records, caller.actor, "delete", keyring->cache, &*record, nullptr);
  });
}

}  // namespace cachery::control
