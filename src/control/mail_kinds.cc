#include "control/mail_kinds.h"

#include <fmt/format.h>

#include "control/mail.h"

namespace cachery::control {
namespace {

constexpr Rate kNone = {};

// docs/limits.md shows the same rows. What stands first keeps room in the queue from what follows.
constexpr MailKindRow kRows[] = {
    {MailKind::reset, "reset", 0, rate_per_hour(1, 5), kNone, kNone, kMailsWaitingMax},
    {MailKind::confirmation, "confirmation", 0, rate_per_hour(1, 5), kNone, kNone,
     kMailsWaitingMax},
    {MailKind::confirmation_again, "confirmation_again", 0, rate_per_day(4, 1), kNone, kNone,
     kMailsWaitingMax},
    {MailKind::known_address, "known_address", 1, rate_per_day(6, 3), kNone, kNone,
     kMailsWaitingMax / 10 * 8},
    {MailKind::security, "security", 1, rate_per_hour(6, 20), kNone, kNone,
     kMailsWaitingMax / 10 * 8},
    {MailKind::invitation, "invitation", 2, rate_per_day(3, 3), rate_per_day(50, 50),
     rate_per_day(50, 50), kMailsWaitingMax / 10 * 4, true},
    {MailKind::alert_address, "alert_address", 2, rate_per_day(1, 2), rate_per_day(20, 20),
     rate_per_day(20, 20), kMailsWaitingMax / 10 * 4, true},
    {MailKind::cache_notice, "cache_notice", 3, rate_per_hour(6, 50), kNone, rate_per_hour(60, 500),
     kMailsWaitingMax / 10 * 2},
};
static_assert(kRows[static_cast<size_t>(MailKind::cache_notice)].kind == MailKind::cache_notice);

}  // namespace

const MailKindRow& row_of(MailKind kind) { return kRows[static_cast<size_t>(kind)]; }

std::string person_of(const Actor& actor) {
  if (actor.kind == ActorKind::operator_token || actor.kind == ActorKind::job) return {};
  if (actor.id == 0) return actor.name;
  return fmt::format("{} {}", name_of(actor.kind), actor.id);
}

}  // namespace cachery::control
