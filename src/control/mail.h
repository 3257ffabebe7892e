// Mails, queued in the transaction of what they tell and sent by a job: no request waits for a mail
// server, none fails with it, and a mail that was promised survives a crash. A failed try is made
// again after one minute, then two, four and so on, up to four hours; after kMailTriesMax the mail
// is given up. What goes first and how often one is mailed stands in mail_kinds.h: each mail is
// sent as the most urgent of those that are due then, so a link that somebody waits for stands
// behind one other mail at most. An operator sees every mail's state and last failure, never its
// text, which may hold a link: it is sealed while it waits and gone when it is done. A mail that
// was sent just before a crash is sent again: twice is better than never.
#pragma once

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/rate_table.h"
#include "control/actor.h"
#include "control/mail_kinds.h"
#include "control/mail_records.h"
#include "control/mail_sender.h"
#include "control/seal.h"
#include "control/store.h"

namespace cachery::control {

class Audit;

// A server that fails mail after mail is asked again in the next run.
inline constexpr int kMailFailuresARunMax = 3;
inline constexpr size_t kMailRatesMax = 1u << 16;  // recipients, people and teams with a debt

inline constexpr int kMailTriesMax = 12;  // within 20 hours
inline constexpr uint32_t kMailsWaitingMax = 100'000;
inline constexpr uint32_t kMailsARunMax = 50;
inline constexpr int64_t kMailKeptSeconds = 30 * 86'400;  // when it is done
inline constexpr uint32_t kMailsPageMax = 500;

enum class Queued : uint8_t { no, yes };

class Mails {
 public:
  // All must outlive it. No sender: there is no mail server, and nothing is queued.
  Mails(Store& store, const Clock& clock, const Sealer& sealer, const Audit& audit,
        MailSender* sender)
      : store_(store), clock_(clock), sealer_(sealer), audit_(audit), sender_(sender) {}

  bool has_server() const { return sender_ != nullptr; }
  // Within the transaction of what it tells. Not queued: the rates of its kind, or too many mails
  // wait; it is counted, and the rest of the request goes on.
  [[nodiscard]] Result<Queued> enqueue(Records& records, const Mail& mail,
                                       const MailCause& cause) const;
  // For a kind that somebody is told of when it is not sent (MailKindRow::is_taken_before), before
  // the transaction: 0: go on, it is counted. Else the seconds to wait.
  uint32_t take(std::string_view recipient, const MailCause& cause) const;
  // The job: sends what is due, one after another. A mail that fails is tried again later and holds
  // no other up; after kMailFailuresARunMax in a row the server is taken to be away.
  [[nodiscard]] Status deliver_due(const Now& now);
  // A run ends after the mail that it is at. Any thread.
  void end() { is_ending_ = true; }

  // The newest first; `before` is the smallest id of the last page, 0: from the newest on.
  [[nodiscard]] Result<std::vector<MailRecord>> list(MailId before, uint32_t count_max);
  // Due at once, with all its tries. conflict: its text is gone.
  [[nodiscard]] Result<MailRecord> retry(const Actor& actor, MailId id);

  // In the Prometheus text format; empty where there is no mail server. Any thread.
  std::string metrics() const;

 private:
  [[nodiscard]] Status look_over(const Now& now);
  // What the server said. `kept`: whether the database took note of it.
  [[nodiscard]] Status deliver(MailRecord mail, const Now& now, Status& kept);

  Store& store_;
  const Clock& clock_;
  const Sealer& sealer_;
  const Audit& audit_;
  MailSender* const sender_;

  mutable RateTable rates_{kMailRatesMax};
  mutable std::array<std::atomic<uint64_t>, kMailKindsCount> not_queued_{};  // of each MailKind
  std::atomic<bool> is_ending_ = false;

  // written by the job alone
  std::atomic<uint64_t> sent_count_ = 0;
  std::atomic<uint64_t> refused_count_ = 0;
  std::atomic<uint64_t> waiting_count_ = 0;  // before its last run
};

}  // namespace cachery::control
