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

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

void note_failure(MailRecord& mail, const Error& error, int64_t now_unix_seconds) {
  mail.last_failure = error.detail.substr(0, kFailureBytesMax);
  mail.next_try_unix_seconds = now_unix_seconds + pause_after(mail.tries_count);
  if (error.fault != Fault::invalid && mail.tries_count < kMailTriesMax) return;
  // Its text is kept until it is deleted, so that an operator can have it tried again.
  mail.state = MailState::failed;
}

}  // namespace

Result<Queued> Mails::enqueue(Records& records, const Mail& mail, const MailCause& cause) const {
  if (!has_server()) return Queued::no;
  const MailKindRow& row = row_of(cause.kind);
  const auto waiting = records.mails().count_waiting();
  if (!waiting) return std::unexpected(waiting.error());
  if (*waiting >= row.waiting_max) {
    ++not_queued_[static_cast<size_t>(cause.kind)];
    log::warning("mail_queue_full", {{"waiting", *waiting}, {"kind", row.name}});
    return Queued::no;
  }
  if (!row.is_taken_before && take(mail.recipient, cause) > 0) return Queued::no;
  const auto id = records.next(kMailIds);
  if (!id) return std::unexpected(id.error());
  const int64_t now = clock_.now().unix_seconds;
  const auto inserted = records.mails().insert({.id = *id,
                                                .recipient = mail.recipient,
                                                .subject = mail.subject,
                                                .kind = std::string(row.name),
                                                .priority = row.priority,
                                                .sealed_body = sealer_.seal(mail.text),
                                                .created_unix_seconds = now,
                                                .next_try_unix_seconds = now});
  if (!inserted) return std::unexpected(inserted.error());
  return Queued::yes;
}

uint32_t Mails::take(std::string_view recipient, const MailCause& cause) const {
  if (!has_server()) return 0;
  const MailKindRow& row = row_of(cause.kind);
  const uint64_t kind = 3 * static_cast<uint64_t>(cause.kind);
  std::vector<RateTable::Claim> claims;
  const auto add = [&](uint64_t key, const Rate& rate) {
    if (rate.interval_ns > 0) claims.push_back({key, rate});
  };
  add(rates_.key_of(kind, lower(recipient)), row.of_recipient);
  if (!cause.person.empty()) add(rates_.key_of(kind + 1, cause.person), row.of_person);
  if (cause.team != 0) add(rates_.key_of(kind + 2, cause.team), row.of_team);
  const uint64_t wait_ns = rates_.take(claims, clock_.now().steady_ns);
  if (wait_ns > 0) ++not_queued_[static_cast<size_t>(cause.kind)];
  return seconds_of_wait(wait_ns);
}

Status Mails::deliver_due(const Now& now) {
  if (!has_server()) return {};
  if (auto looked = look_over(now); !looked) return looked;
  Status failed;
  int failures_in_row = 0;
  for (uint32_t i = 0; i < kMailsARunMax && failures_in_row < kMailFailuresARunMax; ++i) {
    const auto due =
        read(store_, [&](Records& records) { return records.mails().due(now.unix_seconds, 1); });
    if (!due) return std::unexpected(due.error());
    if (due->empty() || is_ending_) break;
    Status kept;
    const Status sent = deliver(due->front(), now, kept);
    if (!kept) return kept;  // it would be sent again and again
    const bool is_of_server = !sent && sent.error().fault != Fault::invalid;
    failures_in_row = is_of_server ? failures_in_row + 1 : 0;
    if (is_of_server && failed) failed = sent;
  }
  return failed;
}

Status Mails::look_over(const Now& now) {
  return store_.write([&](Records& records) -> Status {
    const auto removed = records.mails().remove_done_before(now.unix_seconds - kMailKeptSeconds);
    if (!removed) return std::unexpected(removed.error());
    const auto waiting = records.mails().count_waiting();
    if (!waiting) return std::unexpected(waiting.error());
    waiting_count_ = *waiting;
    return {};
  });
}

Status Mails::deliver(MailRecord mail, const Now& now, Status& kept) {
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
  kept = store_.write([&](Records& records) { return records.mails().update(mail); });
  return sent;
}

std::string Mails::metrics() const {
  if (!has_server()) return {};
  std::string text = fmt::format(
      "# HELP cachery_mail_tries_total Mails given to the mail server, by what it said\n"
      "# TYPE cachery_mail_tries_total counter\n"
      "cachery_mail_tries_total{{result=\"sent\"}} {}\n"
      "cachery_mail_tries_total{{result=\"failed\"}} {}\n"
      "# HELP cachery_mails_waiting Mails that waited when the job last looked\n"
      "# TYPE cachery_mails_waiting gauge\n"
      "cachery_mails_waiting {}\n",
      sent_count_.load(), refused_count_.load(), waiting_count_.load());
  text +=
      "# HELP cachery_mails_not_queued_total Mails that were not queued, for a rate or a full "
      "queue\n"
      "# TYPE cachery_mails_not_queued_total counter\n";
  for (size_t i = 0; i < not_queued_.size(); ++i) {
    text += fmt::format("cachery_mails_not_queued_total{{kind=\"{}\"}} {}\n",
                        row_of(static_cast<MailKind>(i)).name, not_queued_[i].load());
  }
  return text;
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
