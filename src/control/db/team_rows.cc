#include "control/db/team_rows.h"

#include "control/db/secret_digest.h"

namespace cachery::control::db {
namespace {

#define SELECT_TEAM "SELECT id, name, is_suspended, created_unix_seconds, creator_id FROM teams "
#define SELECT_MEMBER "SELECT team_id, account_id, role FROM team_members "
#define SELECT_INVITATION                                                            \
  "SELECT id, digest, team_id, email, role, created_unix_seconds, end_unix_seconds " \
  "FROM invitations "

TeamRecord read_team(Statement& row) {
  TeamRecord team;
  team.id = static_cast<TeamId>(row.integer());
  team.name = row.text();
  team.is_suspended = row.truth();
  team.created_unix_seconds = row.integer();
  team.creator = static_cast<AccountId>(row.integer());
  return team;
}

TeamId read_id(Statement& row) { return static_cast<TeamId>(row.integer()); }

// A role that this program does not know is the least.
Role read_role(Statement& row) { return parse_role(row.text()).value_or(Role::read_only); }

MemberRecord read_member(Statement& row) {
  MemberRecord member;
  member.team = static_cast<TeamId>(row.integer());
  member.account = static_cast<AccountId>(row.integer());
  member.role = read_role(row);
  return member;
}

InvitationRecord read_invitation(Statement& row) {
  InvitationRecord invitation;
  invitation.id = static_cast<InvitationId>(row.integer());
  invitation.digest = digest_from(row.blob());
  invitation.team = static_cast<TeamId>(row.integer());
  invitation.email = row.text();
  invitation.role = read_role(row);
  invitation.created_unix_seconds = row.integer();
  invitation.end_unix_seconds = row.integer();
  return invitation;
}

}  // namespace

Result<std::vector<TeamRecord>> TeamRows::all() {
  return database_.prepare(SELECT_TEAM "ORDER BY id").all(read_team);
}

Result<std::optional<TeamRecord>> TeamRows::find(TeamId id) {
  return database_.prepare(SELECT_TEAM "WHERE id = ?").bind(id).first(read_team);
}

Result<std::vector<TeamId>> TeamRows::made_by(AccountId account) {
  return database_.prepare("SELECT id FROM teams WHERE creator_id = ? ORDER BY id")
      .bind(account)
      .all(read_id);
}

Status TeamRows::insert(const TeamRecord& team) {
  return database_
      .prepare(
          "INSERT INTO teams (id, name, is_suspended, created_unix_seconds, creator_id) "
          "VALUES (?, ?, ?, ?, ?)")
      .bind(team.id)
      .bind(team.name)
      .bind(team.is_suspended)
      .bind(team.created_unix_seconds)
      .bind(team.creator)
      .run();
}

Status TeamRows::update(const TeamRecord& team) {
  touched_.teams.insert(team.id);
  return database_.prepare("UPDATE teams SET name = ?, is_suspended = ? WHERE id = ?")
      .bind(team.name)
      .bind(team.is_suspended)
      .bind(team.id)
      .run();
}

Status TeamRows::remove(TeamId id) {
  touched_.teams.insert(id);
  return database_.prepare("DELETE FROM teams WHERE id = ?").bind(id).run();
}

Result<std::vector<MemberRecord>> TeamRows::members_of(TeamId team) {
  return database_.prepare(SELECT_MEMBER "WHERE team_id = ? ORDER BY account_id")
      .bind(team)
      .all(read_member);
}

Result<std::vector<MemberRecord>> TeamRows::memberships_of(AccountId account) {
  return database_.prepare(SELECT_MEMBER "WHERE account_id = ? ORDER BY team_id")
      .bind(account)
      .all(read_member);
}

Status TeamRows::put(const MemberRecord& member) {
  return database_
      .prepare(
          "INSERT INTO team_members (team_id, account_id, role) VALUES (?, ?, ?) "
          "ON CONFLICT (team_id, account_id) DO UPDATE SET role = excluded.role")
      .bind(member.team)
      .bind(member.account)
      .bind(name_of(member.role))
      .run();
}

Status TeamRows::remove_member(TeamId team, AccountId account) {
  return database_.prepare("DELETE FROM team_members WHERE team_id = ? AND account_id = ?")
      .bind(team)
      .bind(account)
      .run();
}

Result<std::vector<InvitationRecord>> TeamRows::invitations_of(TeamId team) {
  return database_.prepare(SELECT_INVITATION "WHERE team_id = ? ORDER BY id")
      .bind(team)
      .all(read_invitation);
}

Result<std::optional<InvitationRecord>> TeamRows::invitation_by_digest(const SecretDigest& digest) {
  return database_.prepare(SELECT_INVITATION "WHERE digest = ?")
      .bind_blob(bytes_from(digest))
      .first(read_invitation);
}

Status TeamRows::insert(const InvitationRecord& invitation) {
  return database_
      .prepare(
          "INSERT INTO invitations (id, digest, team_id, email, role, created_unix_seconds, "
          "end_unix_seconds) VALUES (?, ?, ?, ?, ?, ?, ?)")
      .bind(invitation.id)
      .bind_blob(bytes_from(invitation.digest))
      .bind(invitation.team)
      .bind(invitation.email)
      .bind(name_of(invitation.role))
      .bind(invitation.created_unix_seconds)
      .bind(invitation.end_unix_seconds)
      .run();
}

Status TeamRows::remove_invitation(InvitationId id) {
  return database_.prepare("DELETE FROM invitations WHERE id = ?").bind(id).run();
}

Status TeamRows::remove_ended_invitations(int64_t now_unix_seconds) {
  return database_.prepare("DELETE FROM invitations WHERE end_unix_seconds <= ?")
      .bind(now_unix_seconds)
      .run();
}

}  // namespace cachery::control::db
