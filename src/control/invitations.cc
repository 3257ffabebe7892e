#include "control/invitations.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/transaction.h"

namespace cachery::control {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

Status check_no_member(Records& records, TeamId team, std::string_view email) {
  const auto account = records.accounts().by_email(email);
  if (!account) return std::unexpected(account.error());
  if (!*account) return {};
  const auto members = records.teams().members_of(team);
  if (!members) return std::unexpected(members.error());
  if (std::ranges::find(*members, (*account)->id, &MemberRecord::account) == members->end()) {
    return {};
  }
  return fail(Fault::conflict, fmt::format("{} is in this team already", email));
}

// An address has one invitation to a team: the last.
Status make_room(Records& records, TeamId team, std::string_view email) {
  const auto all = records.teams().invitations_of(team);
  if (!all) return std::unexpected(all.error());
  for (const InvitationRecord& one : *all) {
    if (lower(one.email) == lower(email)) return records.teams().remove_invitation(one.id);
  }
  if (all->size() < kInvitationsPerTeamMax) return {};
  return fail(Fault::conflict, fmt::format("a team has at most {} open invitations: withdraw some",
                                           kInvitationsPerTeamMax));
}

AuditNote note_of(std::string_view action, const InvitationRecord& invitation) {
  return {.action = std::string(action),
          .object_kind = "invitation",
          .object_id = std::to_string(invitation.id),
          .team = invitation.team,
          .after = {{"email", invitation.email}, {"role", name_of(invitation.role)}}};
}

MailCause cause_of(const Actor& actor, TeamId team) {
  return {.kind = MailKind::invitation, .person = person_of(actor), .team = team};
}

}  // namespace

Result<uint32_t> Invitations::wait_before_invite(const TeamCaller& caller, TeamId id,
                                                 std::string_view email) const {
  if (auto checked = check_email(email); !checked) return std::unexpected(checked.error());
  const auto allowed = ground_.store.read([&](Records& records) -> Status {
    const auto team = check_role(records, caller, id, Role::owner);
    return team ? Status() : std::unexpected(team.error());
  });
  if (!allowed) return std::unexpected(allowed.error());
  return ground_.mails.take(email, cause_of(caller.actor, id));
}

Result<NewInvitation> Invitations::invite(const TeamCaller& caller, TeamId id,
                                          std::string_view email, Role role) const {
  if (auto checked = check_email(email); !checked) return std::unexpected(checked.error());
  const std::string secret = make_secret();
  return write(ground_.store, [&](Records& records) -> Result<NewInvitation> {
    const auto team = check_role(records, caller, id, Role::owner);
    if (!team) return std::unexpected(team.error());
    if (auto no = check_no_member(records, id, email); !no) return std::unexpected(no.error());
    if (auto room = make_room(records, id, email); !room) return std::unexpected(room.error());
    const auto number = records.next(kInvitationIds);
    if (!number) return std::unexpected(number.error());
    NewInvitation made{.invitation = {.id = *number,
                                      .digest = digest_of(secret),
                                      .team = id,
                                      .email = std::string(email),
                                      .role = role,
                                      .created_unix_seconds = ground_.now(),
                                      .end_unix_seconds = ground_.now() + kInvitationSeconds}};
    if (!ground_.mails.has_server()) made.link = ground_.links.invitation(secret);
    if (auto done = records.teams().insert(made.invitation); !done) {
      return std::unexpected(done.error());
    }
    const Mail mail = invitation_mail(ground_.links, email, team->name, secret);
    const auto queued = ground_.mails.enqueue(records, mail, cause_of(caller.actor, id));
    if (!queued) return std::unexpected(queued.error());
    const auto noted =
        ground_.audit.note(records, caller.actor, note_of("invitation.create", made.invitation));
    if (!noted) return std::unexpected(noted.error());
    return made;
  });
}

Result<std::vector<InvitationRecord>> Invitations::list(const TeamCaller& caller, TeamId id) const {
  auto all = read(ground_.store, [&](Records& records) -> Result<std::vector<InvitationRecord>> {
    if (auto team = check_role(records, caller, id, Role::owner); !team) {
      return std::unexpected(team.error());
    }
    return records.teams().invitations_of(id);
  });
  if (!all) return all;
  std::erase_if(*all, [&](const auto& one) { return one.end_unix_seconds <= ground_.now(); });
  return all;
}

Status Invitations::withdraw(const TeamCaller& caller, TeamId team, InvitationId id) const {
  return ground_.store.write([&](Records& records) -> Status {
    if (auto checked = check_role(records, caller, team, Role::owner); !checked) {
      return std::unexpected(checked.error());
    }
    const auto all = records.teams().invitations_of(team);
    if (!all) return std::unexpected(all.error());
    const auto at = std::ranges::find(*all, id, &InvitationRecord::id);
    if (at == all->end()) {
      return fail(Fault::not_found, fmt::format("there is no invitation {} to team {}", id, team));
    }
    if (auto removed = records.teams().remove_invitation(id); !removed) return removed;
    return ground_.audit.note(records, caller.actor, note_of("invitation.withdraw", *at));
  });
}

Result<OwnTeam> Invitations::accept(const Actor& actor, AccountId id,
                                    std::string_view secret) const {
  return write(ground_.store, [&](Records& records) -> Result<OwnTeam> {
    const auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    return accept(records, actor, *account, secret);
  });
}

Result<OwnTeam> Invitations::accept(Records& records, const Actor& actor,
                                    const AccountRecord& account, std::string_view secret) const {
  const auto found = records.teams().invitation_by_digest(digest_of(secret));
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->end_unix_seconds <= ground_.now()) {
    return fail(Fault::not_found,
                "this invitation was used, withdrawn or is too old: ask for "
                "another one");
  }
  const InvitationRecord& invitation = **found;
  if (lower(invitation.email) != lower(account.email)) {
    return fail(Fault::forbidden, "this invitation is for another address: sign in with that one");
  }
  auto team = records.teams().find(invitation.team);
  if (!team) return std::unexpected(team.error());
  if (!*team) return fail(Fault::not_found, "the team of this invitation is gone");
  if (auto free = check_no_member(records, invitation.team, account.email); !free) {
    return std::unexpected(free.error());
  }
  const MemberRecord member{invitation.team, account.id, invitation.role};
  if (auto joined = join_team(records, member); !joined) return std::unexpected(joined.error());
  if (auto removed = records.teams().remove_invitation(invitation.id); !removed) {
    return std::unexpected(removed.error());
  }
  const auto noted = ground_.audit.note(records, actor, note_of("invitation.accept", invitation));
  if (!noted) return std::unexpected(noted.error());
  return OwnTeam{std::move(**team), invitation.role};
}

}  // namespace cachery::control
