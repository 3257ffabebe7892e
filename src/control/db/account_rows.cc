#include "control/db/account_rows.h"

namespace cachery::control::db {
namespace {

#define SELECT_ACCOUNT                                                                         \
  "SELECT id, email, name, password_hash, is_confirmed, is_operator, is_suspended, totp_key, " \
  "has_second_factor, totp_step, created_unix_seconds, last_sign_in_unix_seconds FROM accounts "

AccountRecord read_account(Statement& row) {
  AccountRecord account;
  account.id = static_cast<AccountId>(row.integer());
  account.email = row.text();
  account.name = row.text();
  account.password_hash = row.text();
  account.is_confirmed = row.truth();
  account.is_operator = row.truth();
  account.is_suspended = row.truth();
  account.sealed_totp_key = row.blob();
  account.has_second_factor = row.truth();
  account.totp_step = row.integer();
  account.created_unix_seconds = row.integer();
  account.last_sign_in_unix_seconds = row.integer();
  return account;
}

uint64_t read_count(Statement& row) { return static_cast<uint64_t>(row.integer()); }

// In the order of both statements that change an account.
Status run(Statement statement, const AccountRecord& account) {
  return statement.bind(account.email)
      .bind(account.name)
      .bind(account.password_hash)
      .bind(account.is_confirmed)
      .bind(account.is_operator)
      .bind(account.is_suspended)
      .bind_blob(account.sealed_totp_key)
      .bind(account.has_second_factor)
      .bind(account.totp_step)
      .bind(account.created_unix_seconds)
      .bind(account.last_sign_in_unix_seconds)
      .bind(account.id)
      .run();
}

// Part of a LIKE pattern: what has a meaning there is escaped.
std::string pattern_of(std::string_view search) {
  std::string pattern = "%";
  for (const char c : search) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

}  // namespace

Result<std::optional<AccountRecord>> AccountRows::find(AccountId id) {
  return database_.prepare(SELECT_ACCOUNT "WHERE id = ?").bind(id).first(read_account);
}

Result<std::optional<AccountRecord>> AccountRows::by_email(std::string_view email) {
  return database_.prepare(SELECT_ACCOUNT "WHERE lower(email) = lower(?)")
      .bind(email)
      .first(read_account);
}

Result<std::vector<AccountRecord>> AccountRows::page(const AccountQuery& query) {
  const std::string pattern = pattern_of(query.search);
  return database_
      .prepare(SELECT_ACCOUNT
               "WHERE id > ? AND (lower(email) LIKE lower(?) ESCAPE '\\' OR "
               "lower(name) LIKE lower(?) ESCAPE '\\') ORDER BY id LIMIT ?")
      .bind(query.after)
      .bind(pattern)
      .bind(pattern)
      .bind(query.count_max)
      .all(read_account);
}

Result<uint64_t> AccountRows::count_operators() {
  const auto count = database_
                         .prepare(
                             "SELECT count(*) FROM accounts WHERE is_operator = 1 AND "
                             "is_confirmed = 1 AND is_suspended = 0")
                         .first(read_count);
  if (!count) return std::unexpected(count.error());
  return count->value_or(0);
}

Status AccountRows::insert(const AccountRecord& account) {
  return run(database_.prepare(
                 "INSERT INTO accounts (email, name, password_hash, is_confirmed, is_operator, "
                 "is_suspended, totp_key, has_second_factor, totp_step, created_unix_seconds, "
                 "last_sign_in_unix_seconds, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
             account);
}

Status AccountRows::update(const AccountRecord& account) {
  return run(database_.prepare(
                 "UPDATE accounts SET email = ?, name = ?, password_hash = ?, is_confirmed = ?, "
                 "is_operator = ?, is_suspended = ?, totp_key = ?, has_second_factor = ?, "
                 "totp_step = ?, created_unix_seconds = ?, last_sign_in_unix_seconds = ? "
                 "WHERE id = ?"),
             account);
}

Status AccountRows::remove_unconfirmed_before(int64_t created_unix_seconds) {
  return database_
      .prepare(
          "DELETE FROM accounts WHERE is_confirmed = 0 AND created_unix_seconds < ? "
          "AND NOT EXISTS (SELECT 1 FROM one_time_secrets "
          "WHERE account_id = accounts.id AND purpose = 'confirmation')")
      .bind(created_unix_seconds)
      .run();
}

}  // namespace cachery::control::db
