#include "control/db/credential_rows.h"

#include <algorithm>

namespace cachery::control::db {
namespace {

#define SELECT_CREDENTIAL                                                                    \
  "SELECT id, cache_id, username, sealed_password, password_digest, may_write, may_flush, "  \
  "may_use_api, key_prefix, own_port, own_port_networks, tls_client_name, tls_server_name, " \
  "is_primary, created_unix_seconds, used_unix_seconds FROM credentials "

std::string join(const std::vector<std::string>& networks) {
  std::string out;
  for (const std::string& network : networks) {
    if (!out.empty()) out += ',';
    out += network;
  }
  return out;
}

std::vector<std::string> split(std::string_view joined) {
  std::vector<std::string> out;
  while (!joined.empty()) {
    const size_t comma = std::min(joined.find(','), joined.size());
    out.emplace_back(joined.substr(0, comma));
    joined.remove_prefix(std::min(comma + 1, joined.size()));
  }
  return out;
}

tenant::PasswordDigest digest_of(std::string_view bytes) {
  tenant::PasswordDigest digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

std::string_view bytes_of(const tenant::PasswordDigest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

CacheId read_cache_id(Statement& row) { return static_cast<CacheId>(row.integer()); }

CredentialRecord read_credential(Statement& row) {
  CredentialRecord credential;
  credential.id = static_cast<CredentialId>(row.integer());
  credential.cache = static_cast<CacheId>(row.integer());
  credential.username = row.text();
  credential.sealed_password = row.blob();
  credential.password_digest = digest_of(row.blob());
  credential.capabilities.write = row.truth();
  credential.capabilities.flush = row.truth();
  credential.capabilities.api = row.truth();
  credential.key_prefix = row.text();
  credential.admission.own_port = static_cast<uint16_t>(row.integer());
  credential.admission.own_port_networks = split(row.text());
  credential.admission.tls_client_name = row.text();
  credential.admission.tls_server_name = row.text();
  credential.is_primary = row.truth();
  credential.created_unix_seconds = row.integer();
  credential.used_unix_seconds = row.integer();
  return credential;
}

// The columns that an update may change, in the order of both statements below.
void bind_changeable(Statement& statement, const CredentialRecord& credential) {
  const tenant::Admission& admission = credential.admission;
  statement.bind(credential.capabilities.write)
      .bind(credential.capabilities.flush)
      .bind(credential.capabilities.api)
      .bind(credential.key_prefix)
      .bind(admission.own_port)
      .bind(join(admission.own_port_networks))
      .bind(admission.tls_client_name)
      .bind(admission.tls_server_name)
      .bind(credential.is_primary);
}

}  // namespace

Result<std::vector<CredentialRecord>> CredentialRows::all() {
  return database_.prepare(SELECT_CREDENTIAL "ORDER BY cache_id, id").all(read_credential);
}

Result<std::vector<CredentialRecord>> CredentialRows::of(CacheId cache) {
  return database_.prepare(SELECT_CREDENTIAL "WHERE cache_id = ? ORDER BY id")
      .bind(cache)
      .all(read_credential);
}

Result<std::vector<CredentialRecord>> CredentialRows::between(CacheId first, CacheId last) {
  return database_
      .prepare(SELECT_CREDENTIAL "WHERE cache_id >= ? AND cache_id <= ? ORDER BY cache_id, id")
      .bind(first)
      .bind(last)
      .all(read_credential);
}

Result<bool> CredentialRows::has_username(std::string_view username) {
  return database_.prepare("SELECT 1 FROM credentials WHERE lower(username) = lower(?)")
      .bind(username)
      .step();
}

Status CredentialRows::insert(const CredentialRecord& credential) {
  touched_.caches.insert(credential.cache);
  auto statement = database_.prepare(
      "INSERT INTO credentials (may_write, may_flush, may_use_api, key_prefix, own_port, "
      "own_port_networks, tls_client_name, tls_server_name, is_primary, id, cache_id, username, "
      "sealed_password, password_digest, created_unix_seconds) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  bind_changeable(statement, credential);
  return statement.bind(credential.id)
      .bind(credential.cache)
      .bind(credential.username)
      .bind_blob(credential.sealed_password)
      .bind_blob(bytes_of(credential.password_digest))
      .bind(credential.created_unix_seconds)
      .run();
}

Status CredentialRows::update(const CredentialRecord& credential) {
  touched_.caches.insert(credential.cache);
  auto statement = database_.prepare(
      "UPDATE credentials SET may_write = ?, may_flush = ?, may_use_api = ?, key_prefix = ?, "
      "own_port = ?, own_port_networks = ?, tls_client_name = ?, tls_server_name = ?, "
      "is_primary = ? WHERE id = ?");
  bind_changeable(statement, credential);
  return statement.bind(credential.id).run();
}

Status CredentialRows::note_use(CredentialId id, int64_t unix_seconds) {
  return database_
      .prepare(
          "UPDATE credentials SET used_unix_seconds = ? WHERE id = ? AND used_unix_seconds < ?")
      .bind(unix_seconds)
      .bind(id)
      .bind(unix_seconds)
      .run();
}

Status CredentialRows::remove(CredentialId id) {
  const auto cache = database_.prepare("DELETE FROM credentials WHERE id = ? RETURNING cache_id")
                         .bind(id)
                         .first(read_cache_id);
  if (!cache) return std::unexpected(cache.error());
  if (*cache) touched_.caches.insert(**cache);
  return {};
}

}  // namespace cachery::control::db
