#include "control/mail.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "control/audit.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

constexpr int64_t kFirstPauseSeconds = 60;
constexpr int64_t kPauseSecondsMax = 4 * 3600;
constexpr size_t kFailureBytesMax = 300;

int64_t pause_after(int tries_count) {
  const int doublings = std::min(tries_count - 1, 16);
  return std::min(kFirstPauseSeconds << doublings, kPauseSecondsMax);
}

void note_failure(MailRecord& mail, const Error& error, int64_t now_unix_seconds) {
  mail.last_failure = error.detail.substr(0, kFailureBytesMax);
  mail.next_try_unix_seconds = now_unix_seconds + pause_after(mail.tries_count);
  if (error.fault != Fault::invalid && mail.tries_count < kMailTriesMax) return;
  // Its text is kept until it is deleted, so that an operator can have it tried again.
  mail.state = MailState::failed;
}

}  // namespace

Status Mails::enqueue(Records& records, const Mail& mail) const {
  if (!has_server()) return {};
  const auto waiting = records.mails().count_waiting();
  if (!waiting) return std::unexpected(waiting.error());
  if (*waiting >= kMailsWaitingMax) {
    log::warning("mail_queue_full", {{"waiting", *waiting}});
    return {};
  }
  const auto id = records.next(kMailIds);
  if (!id) return std::unexpected(id.error());
  const int64_t now = clock_.now().unix_seconds;
  return records.mails().insert({.id = *id,
                                 .recipient = mail.recipient,
                                 .subject = mail.subject,
                                 .sealed_body = sealer_.seal(mail.text),
                                 .created_unix_seconds = now,
                                 .next_try_unix_seconds = now});
}

Status Mails::deliver_due(const Now& now) {
  if (!has_server()) return {};
  const auto due = write(store_, [&](Records& records) -> Result<std::vector<MailRecord>> {
    const auto removed = records.mails().remove_done_before(now.unix_seconds - kMailKeptSeconds);
    if (!removed) return std::unexpected(removed.error());
    const auto waiting = records.mails().count_waiting();
    if (!waiting) return std::unexpected(waiting.error());
    waiting_count_ = *waiting;
    return records.mails().due(now.unix_seconds, kMailsARunMax);
  });
  if (!due) return std::unexpected(due.error());
  for (const MailRecord& mail : *due) {
    if (auto done = deliver(mail, now); !done) return done;
  }
  return {};
}

// An error ends the run: the server is away, or the database.
Status Mails::deliver(MailRecord mail, const Now& now) {
  ++mail.tries_count;
  auto text = sealer_.open(mail.sealed_body);
  const Status sent =
      text ? sender_->send({mail.recipient, mail.subject, std::move(*text)})
           : Status(fail(Fault::invalid, "its text was sealed with another master key"));
  ++(sent ? sent_count_ : refused_count_);
  if (sent) {
    mail.state = MailState::sent;
    mail.sealed_body.clear();
    mail.last_failure.clear();
  } else {
    note_failure(mail, sent.error(), now.unix_seconds);
    log::warning("mail_failed", {{"mail", mail.id},
                                 {"tries", mail.tries_count},
                                 {"given_up", int{mail.state == MailState::failed}},
                                 {"reason", mail.last_failure}});
  }
  const Status kept = store_.write([&](Records& records) { return records.mails().update(mail); });
  if (!kept) return kept;
  if (!sent && sent.error().fault != Fault::invalid) return sent;
  return {};
}

std::string Mails::metrics() const {
  if (!has_server()) return {};
  return fmt::format(
      "# HELP cachery_mail_tries_total Mails given to the mail server, by what it said\n"
      "# TYPE cachery_mail_tries_total counter\n"
      "cachery_mail_tries_total{{result=\"sent\"}} {}\n"
      "cachery_mail_tries_total{{result=\"failed\"}} {}\n"
      "# HELP cachery_mails_waiting Mails that waited when the job last looked\n"
      "# TYPE cachery_mails_waiting gauge\n"
      "cachery_mails_waiting {}\n",
      sent_count_.load(), refused_count_.load(), waiting_count_.load());
}

Result<std::vector<MailRecord>> Mails::list(MailId before, uint32_t count_max) {
  return read(store_, [&](Records& records) {
    return records.mails().page(before, std::min(count_max, kMailsPageMax));
  });
}

Result<MailRecord> Mails::retry(const Actor& actor, MailId id) {
  return write(store_, [&](Records& records) -> Result<MailRecord> {
    auto found = records.mails().find(id);
    if (!found) return std::unexpected(found.error());
    if (!*found) return fail(Fault::not_found, fmt::format("there is no mail {}", id));
    MailRecord mail = std::move(**found);
    if (mail.sealed_body.empty()) {
      return fail(Fault::conflict, fmt::format("mail {} was sent: its text is not kept", id));
    }
    mail.state = MailState::waiting;
    mail.tries_count = 0;
    mail.next_try_unix_seconds = clock_.now().unix_seconds;
    if (auto updated = records.mails().update(mail); !updated) {
      return std::unexpected(updated.error());
    }
    const auto noted = audit_.note(
        records, actor,
        {.action = "mail.retry", .object_kind = "mail", .object_id = std::to_string(id)});
    if (!noted) return std::unexpected(noted.error());
    return mail;
  });
}

}  // namespace cachery::control
