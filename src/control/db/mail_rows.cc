#include "control/db/mail_rows.h"

#include <limits>

namespace cachery::control::db {
namespace {

#define SELECT_MAIL                                                                         \
  "SELECT id, recipient, subject, kind, priority, body, state, tries_count, last_failure, " \
  "created_unix_seconds, next_try_unix_seconds FROM mails "

MailState parse_state(std::string_view name) {
  if (name == name_of(MailState::waiting)) return MailState::waiting;
  return name == name_of(MailState::sent) ? MailState::sent : MailState::failed;
}

MailRecord read_mail(Statement& row) {
  MailRecord mail;
  mail.id = static_cast<MailId>(row.integer());
  mail.recipient = row.text();
  mail.subject = row.text();
  mail.kind = row.text();
  mail.priority = static_cast<int>(row.integer());
  mail.sealed_body = row.blob();
  mail.state = parse_state(row.text());
  mail.tries_count = static_cast<int>(row.integer());
  mail.last_failure = row.text();
  mail.created_unix_seconds = row.integer();
  mail.next_try_unix_seconds = row.integer();
  return mail;
}

uint64_t read_count(Statement& row) { return static_cast<uint64_t>(row.integer()); }

}  // namespace

Result<std::vector<MailRecord>> MailRows::due(int64_t now_unix_seconds, uint32_t count_max) {
  return database_
      .prepare(SELECT_MAIL
               "WHERE state = 'waiting' AND next_try_unix_seconds <= ? "
               "ORDER BY priority, next_try_unix_seconds, id LIMIT ?")
      .bind(now_unix_seconds)
      .bind(count_max)
      .all(read_mail);
}

Result<std::vector<MailRecord>> MailRows::page(MailId before, uint32_t count_max) {
  return database_.prepare(SELECT_MAIL "WHERE id < ? ORDER BY id DESC LIMIT ?")
      .bind(before == 0 ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(before))
      .bind(count_max)
      .all(read_mail);
}

Result<std::optional<MailRecord>> MailRows::find(MailId id) {
  return database_.prepare(SELECT_MAIL "WHERE id = ?").bind(id).first(read_mail);
}

Result<uint64_t> MailRows::count_waiting() {
  const auto count =
      database_.prepare("SELECT count(*) FROM mails WHERE state = 'waiting'").first(read_count);
  if (!count) return std::unexpected(count.error());
  return count->value_or(0);
}

Status MailRows::insert(const MailRecord& mail) {
  return database_
      .prepare(
          "INSERT INTO mails (id, recipient, subject, kind, priority, body, state, tries_count, "
          "last_failure, created_unix_seconds, next_try_unix_seconds) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(mail.id)
      .bind(mail.recipient)
      .bind(mail.subject)
      .bind(mail.kind)
      .bind(mail.priority)
      .bind_blob(mail.sealed_body)
      .bind(name_of(mail.state))
      .bind(mail.tries_count)
      .bind(mail.last_failure)
      .bind(mail.created_unix_seconds)
      .bind(mail.next_try_unix_seconds)
      .run();
}

Status MailRows::update(const MailRecord& mail) {
  return database_
      .prepare(
          "UPDATE mails SET body = ?, state = ?, tries_count = ?, last_failure = ?, "
          "next_try_unix_seconds = ? WHERE id = ?")
      .bind_blob(mail.sealed_body)
      .bind(name_of(mail.state))
      .bind(mail.tries_count)
      .bind(mail.last_failure)
      .bind(mail.next_try_unix_seconds)
      .bind(mail.id)
      .run();
}

Status MailRows::remove_done_before(int64_t created_unix_seconds) {
  return database_
      .prepare("DELETE FROM mails WHERE state <> 'waiting' AND created_unix_seconds < ?")
      .bind(created_unix_seconds)
      .run();
}

}  // namespace cachery::control::db
