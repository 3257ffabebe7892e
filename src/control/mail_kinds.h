// The kinds of mails to people: what goes first, and how often one recipient is mailed, one person
// or one team has others mailed. One table; the queue (mail.h) obeys it. A person who waits for a
// link must not wait behind mails that others caused, and nobody's mailbox is ours to fill.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/gcra.h"
#include "control/actor.h"
#include "control/team_records.h"

namespace cachery::control {

enum class MailKind : uint8_t {
  reset,               // a link for a new password
  confirmation,        // a link that proves an address that signed up
  confirmation_again,  // the same, since somebody signed in without it
  known_address,       // somebody signed up with an address that has an account
  security,            // something about an account was changed
  invitation,          // to a team
  alert_address,       // whether an address agrees to be told alerts
  cache_notice,        // a cache is idle, or was disabled
};

inline constexpr size_t kMailKindsCount = 8;

// Where it comes from, for the rates. Empty and 0: nobody's.
struct MailCause {
  MailKind kind = MailKind::cache_notice;
  std::string person = {};
  TeamId team = 0;
};

// As MailCause has it. The operator is nobody: no rate is for them.
std::string person_of(const Actor& actor);

// Without a rate: interval_ns is 0.
struct MailKindRow {
  MailKind kind = MailKind::cache_notice;
  std::string_view name = {};
  int priority = 0;  // the least goes first
  Rate of_recipient = {};
  Rate of_person = {};
  Rate of_team = {};
  uint32_t waiting_max = 0;  // not queued while so many mails wait
  // Whoever asks for it is told when it is not sent: Mails::take comes before.
  bool is_taken_before = false;
};

const MailKindRow& row_of(MailKind kind);

}  // namespace cachery::control
