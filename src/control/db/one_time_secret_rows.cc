#include "control/db/one_time_secret_rows.h"

#include "control/db/secret_digest.h"

namespace cachery::control::db {
namespace {

// Its purpose is what was asked for.
OneTimeSecretRecord read_secret(Statement& row) {
  OneTimeSecretRecord secret;
  secret.digest = digest_from(row.blob());
  secret.account = static_cast<AccountId>(row.integer());
  secret.tries_left = static_cast<int>(row.integer());
  secret.end_unix_seconds = row.integer();
  secret.password_hash = row.text();
  secret.person_name = row.text();
  return secret;
}

uint64_t read_count(Statement& row) { return static_cast<uint64_t>(row.integer()); }
std::string read_text(Statement& row) { return row.text(); }

}  // namespace

Result<std::optional<OneTimeSecretRecord>> OneTimeSecretRows::find(SecretPurpose purpose,
                                                                   const SecretDigest& digest) {
  auto found = database_
                   .prepare(
                       "SELECT digest, account_id, tries_left, end_unix_seconds, password_hash, "
                       "person_name FROM one_time_secrets WHERE digest = ? AND purpose = ?")
                   .bind_blob(bytes_from(digest))
                   .bind(name_of(purpose))
                   .first(read_secret);
  if (found && *found) (*found)->purpose = purpose;
  return found;
}

Result<std::vector<OneTimeSecretRecord>> OneTimeSecretRows::of(AccountId account,
                                                               SecretPurpose purpose) {
  auto found = database_
                   .prepare(
                       "SELECT digest, account_id, tries_left, end_unix_seconds, password_hash, "
                       "person_name FROM one_time_secrets WHERE account_id = ? AND purpose = ?")
                   .bind(account)
                   .bind(name_of(purpose))
                   .all(read_secret);
  if (!found) return found;
  for (OneTimeSecretRecord& one : *found) one.purpose = purpose;
  return found;
}

Status OneTimeSecretRows::insert(const OneTimeSecretRecord& secret) {
  Statement statement = database_.prepare(
      "INSERT INTO one_time_secrets (digest, purpose, account_id, tries_left, end_unix_seconds, "
      "password_hash, person_name) VALUES (?, ?, ?, ?, ?, ?, ?)");
  statement.bind_blob(bytes_from(secret.digest)).bind(name_of(secret.purpose));
  if (secret.account == 0) {
    statement.bind_null();
  } else {
    statement.bind(secret.account);
  }
  return statement.bind(secret.tries_left)
      .bind(secret.end_unix_seconds)
      .bind(secret.password_hash)
      .bind(secret.person_name)
      .run();
}

Status OneTimeSecretRows::set_tries_left(const SecretDigest& digest, int tries_left) {
  return database_.prepare("UPDATE one_time_secrets SET tries_left = ? WHERE digest = ?")
      .bind(tries_left)
      .bind_blob(bytes_from(digest))
      .run();
}

Status OneTimeSecretRows::remove(const SecretDigest& digest) {
  return database_.prepare("DELETE FROM one_time_secrets WHERE digest = ?")
      .bind_blob(bytes_from(digest))
      .run();
}

Status OneTimeSecretRows::remove_of(AccountId account, SecretPurpose purpose) {
  return database_
      .prepare("DELETE FROM one_time_secrets WHERE coalesce(account_id, 0) = ? AND purpose = ?")
      .bind(account)
      .bind(name_of(purpose))
      .run();
}

Status OneTimeSecretRows::remove_ended(int64_t now_unix_seconds) {
  return database_.prepare("DELETE FROM one_time_secrets WHERE end_unix_seconds <= ?")
      .bind(now_unix_seconds)
      .run();
}

Status OneTimeSecretRows::set_recovery_codes(AccountId account,
                                             const std::vector<SecretDigest>& digests) {
  const auto cleared =
      database_.prepare("DELETE FROM recovery_codes WHERE account_id = ?").bind(account).run();
  if (!cleared) return cleared;
  for (const SecretDigest& digest : digests) {
    const auto inserted =
        database_.prepare("INSERT INTO recovery_codes (account_id, digest) VALUES (?, ?)")
            .bind(account)
            .bind_blob(bytes_from(digest))
            .run();
    if (!inserted) return inserted;
  }
  return {};
}

Result<uint64_t> OneTimeSecretRows::count_recovery_codes(AccountId account) {
  const auto count = database_.prepare("SELECT count(*) FROM recovery_codes WHERE account_id = ?")
                         .bind(account)
                         .first(read_count);
  if (!count) return std::unexpected(count.error());
  return count->value_or(0);
}

Result<bool> OneTimeSecretRows::take_recovery_code(AccountId account, const SecretDigest& digest) {
  const auto removed =
      database_.prepare("DELETE FROM recovery_codes WHERE account_id = ? AND digest = ?")
          .bind(account)
          .bind_blob(bytes_from(digest))
          .run_counted();
  if (!removed) return std::unexpected(removed.error());
  return *removed == 1;
}

Status OneTimeSecretRows::insert_reset_request(std::string_view email) {
  return database_
      .prepare(
          "INSERT INTO reset_requests (email) VALUES (lower(?)) "
          "ON CONFLICT (email) DO NOTHING")
      .bind(email)
      .run();
}

Result<std::vector<std::string>> OneTimeSecretRows::take_reset_requests() {
  auto emails = database_.prepare("SELECT email FROM reset_requests ORDER BY email").all(read_text);
  if (!emails || emails->empty()) return emails;
  const auto cleared = database_.prepare("DELETE FROM reset_requests").run();
  if (!cleared) return std::unexpected(cleared.error());
  return emails;
}

}  // namespace cachery::control::db
