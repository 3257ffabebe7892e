#include "control/db/token_rows.h"

#include "control/db/secret_digest.h"

namespace cachery::control::db {
namespace {

#define SELECT_TOKEN                                                              \
  "SELECT id, digest, account_id, name, prefix, may_write, may_see_credentials, " \
  "created_unix_seconds, last_used_unix_seconds, end_unix_seconds FROM personal_tokens "

TokenRecord read_token(Statement& row) {
  TokenRecord token;
  token.id = static_cast<TokenId>(row.integer());
  token.digest = digest_from(row.blob());
  token.account = static_cast<AccountId>(row.integer());
  token.name = row.text();
  token.prefix = row.text();
  token.scopes.write = row.truth();
  token.scopes.credentials = row.truth();
  token.created_unix_seconds = row.integer();
  token.last_used_unix_seconds = row.integer();
  token.end_unix_seconds = row.integer();
  return token;
}

}  // namespace

Result<std::optional<TokenRecord>> TokenRows::by_digest(const SecretDigest& digest) {
  return database_.prepare(SELECT_TOKEN "WHERE digest = ?")
      .bind_blob(bytes_from(digest))
      .first(read_token);
}

Result<std::vector<TokenRecord>> TokenRows::of(AccountId account) {
  return database_.prepare(SELECT_TOKEN "WHERE account_id = ? ORDER BY id")
      .bind(account)
      .all(read_token);
}

Status TokenRows::insert(const TokenRecord& token) {
  return database_
      .prepare(
          "INSERT INTO personal_tokens (id, digest, account_id, name, prefix, may_write, "
          "may_see_credentials, created_unix_seconds, last_used_unix_seconds, "
          "end_unix_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(token.id)
      .bind_blob(bytes_from(token.digest))
      .bind(token.account)
      .bind(token.name)
      .bind(token.prefix)
      .bind(token.scopes.write)
      .bind(token.scopes.credentials)
      .bind(token.created_unix_seconds)
      .bind(token.last_used_unix_seconds)
      .bind(token.end_unix_seconds)
      .run();
}

Status TokenRows::touch(TokenId id, int64_t now_unix_seconds) {
  return database_.prepare("UPDATE personal_tokens SET last_used_unix_seconds = ? WHERE id = ?")
      .bind(now_unix_seconds)
      .bind(id)
      .run();
}

Status TokenRows::remove(TokenId id) {
  return database_.prepare("DELETE FROM personal_tokens WHERE id = ?").bind(id).run();
}

Status TokenRows::remove_of(AccountId account) {
  return database_.prepare("DELETE FROM personal_tokens WHERE account_id = ?").bind(account).run();
}

Status TokenRows::remove_ended(int64_t now_unix_seconds) {
  return database_.prepare("DELETE FROM personal_tokens WHERE end_unix_seconds <= ?")
      .bind(now_unix_seconds)
      .run();
}

}  // namespace cachery::control::db
