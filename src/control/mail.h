// Mails, queued in the transaction of what they tell and sent by a job: no request waits for a mail
// server, none fails with it, and a mail that was promised survives a crash. A failed try is made
// again after one minute, then two, four and so on, up to four hours; after kMailTriesMax the mail
// is given up. An operator sees every mail's state and last failure, never its text, which may hold
// a link: it is sealed while it waits and gone when it is done.
// A mail that was sent just before a crash is sent again: twice is better than never.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/actor.h"
#include "control/mail_records.h"
#include "control/mail_sender.h"
#include "control/seal.h"
#include "control/store.h"

namespace cachery::control {

class Audit;

inline constexpr int kMailTriesMax = 12;  // within 20 hours
inline constexpr uint32_t kMailsWaitingMax = 100'000;
inline constexpr uint32_t kMailsARunMax = 50;
inline constexpr int64_t kMailKeptSeconds = 30 * 86'400;  // when it is done
inline constexpr uint32_t kMailsPageMax = 500;

class Mails {
 public:
  // All must outlive it. No sender: there is no mail server, and nothing is queued.
  Mails(Store& store, const Clock& clock, const Sealer& sealer, const Audit& audit,
        MailSender* sender)
      : store_(store), clock_(clock), sealer_(sealer), audit_(audit), sender_(sender) {}

  bool has_server() const { return sender_ != nullptr; }
  // Within the transaction of what it tells. A full queue is logged, and no error: the rest of the
  // request is not to fail for it.
  [[nodiscard]] Status enqueue(Records& records, const Mail& mail) const;
  // The job: sends what is due, one after another, until the server does not answer.
  [[nodiscard]] Status deliver_due(const Now& now);

  // The newest first; `before` is the smallest id of the last page, 0: from the newest on.
  [[nodiscard]] Result<std::vector<MailRecord>> list(MailId before, uint32_t count_max);
  // Due at once, with all its tries. conflict: its text is gone.
  [[nodiscard]] Result<MailRecord> retry(const Actor& actor, MailId id);

  // In the Prometheus text format; empty where there is no mail server. Any thread.
  std::string metrics() const;

 private:
  [[nodiscard]] Status deliver(MailRecord mail, const Now& now);

  Store& store_;
  const Clock& clock_;
  const Sealer& sealer_;
  const Audit& audit_;
  MailSender* const sender_;

  // written by the job alone
  std::atomic<uint64_t> sent_count_ = 0;
  std::atomic<uint64_t> refused_count_ = 0;
  std::atomic<uint64_t> waiting_count_ = 0;  // before its last run
};

}  // namespace cachery::control
