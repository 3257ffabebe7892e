#include "control/db/session_rows.h"

#include "control/db/secret_digest.h"

namespace cachery::control::db {
namespace {

#define SELECT_SESSION                                                                      \
  "SELECT id, digest, account_id, operator_id, address, user_agent, created_unix_seconds, " \
  "last_used_unix_seconds, idle_end_unix_seconds, end_unix_seconds FROM sessions "

SessionRecord read_session(Statement& row) {
  SessionRecord session;
  session.id = static_cast<SessionId>(row.integer());
  session.digest = digest_from(row.blob());
  session.account = static_cast<AccountId>(row.integer());
  session.operator_id = static_cast<AccountId>(row.integer());
  session.address = row.text();
  session.user_agent = row.text();
  session.created_unix_seconds = row.integer();
  session.last_used_unix_seconds = row.integer();
  session.idle_end_unix_seconds = row.integer();
  session.end_unix_seconds = row.integer();
  return session;
}

}  // namespace

Result<std::optional<SessionRecord>> SessionRows::by_digest(const SecretDigest& digest) {
  return database_.prepare(SELECT_SESSION "WHERE digest = ?")
      .bind_blob(bytes_from(digest))
      .first(read_session);
}

Result<std::vector<SessionRecord>> SessionRows::of(AccountId account) {
  return database_.prepare(SELECT_SESSION "WHERE account_id = ? ORDER BY id")
      .bind(account)
      .all(read_session);
}

Status SessionRows::insert(const SessionRecord& session) {
  return database_
      .prepare(
          "INSERT INTO sessions (id, digest, account_id, operator_id, address, user_agent, "
          "created_unix_seconds, last_used_unix_seconds, idle_end_unix_seconds, "
          "end_unix_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(session.id)
      .bind_blob(bytes_from(session.digest))
      .bind(session.account)
      .bind(session.operator_id)
      .bind(session.address)
      .bind(session.user_agent)
      .bind(session.created_unix_seconds)
      .bind(session.last_used_unix_seconds)
      .bind(session.idle_end_unix_seconds)
      .bind(session.end_unix_seconds)
      .run();
}

Status SessionRows::update(const SessionRecord& session) {
  return database_
      .prepare(
          "UPDATE sessions SET last_used_unix_seconds = ?, idle_end_unix_seconds = ? "
          "WHERE id = ?")
      .bind(session.last_used_unix_seconds)
      .bind(session.idle_end_unix_seconds)
      .bind(session.id)
      .run();
}

Status SessionRows::remove(SessionId id) {
  return database_.prepare("DELETE FROM sessions WHERE id = ?").bind(id).run();
}

Status SessionRows::remove_of(AccountId account, SessionId kept) {
  return database_
      .prepare("DELETE FROM sessions WHERE (account_id = ? OR operator_id = ?) AND id <> ?")
      .bind(account)
      .bind(account)
      .bind(kept)
      .run();
}

Status SessionRows::remove_ended(int64_t now_unix_seconds) {
  return database_
      .prepare("DELETE FROM sessions WHERE end_unix_seconds <= ? OR idle_end_unix_seconds <= ?")
      .bind(now_unix_seconds)
      .bind(now_unix_seconds)
      .run();
}

}  // namespace cachery::control::db
