// Rows of the tables teams, team_members and invitations:
// TeamRecords on any engine. What each call promises is
// said in control/team_records.h.
#pragma once

#include "control/db/connection.h"
#include "control/team_records.h"
#include "control/touched.h"

namespace cachery::control::db {

class TeamRows final : public TeamRecords {
 public:
  // Both must outlive this. What nodes must know of is noted as touched.
  TeamRows(Connection& database, Touched& touched) : database_(database), touched_(touched) {}

  Result<std::vector<TeamRecord>> all() override;
  Result<std::optional<TeamRecord>> find(TeamId id) override;
  Result<std::vector<TeamId>> made_by(AccountId account) override;
  Status insert(const TeamRecord& team) override;
  Status update(const TeamRecord& team) override;
  Status remove(TeamId id) override;
  Result<std::vector<MemberRecord>> members_of(TeamId team) override;
  Result<std::vector<MemberRecord>> memberships_of(AccountId account) override;
  Status put(const MemberRecord& member) override;
  Status remove_member(TeamId team, AccountId account) override;
  Result<std::vector<InvitationRecord>> invitations_of(TeamId team) override;
  Result<std::optional<InvitationRecord>> invitation_by_digest(const SecretDigest& digest) override;
  Status insert(const InvitationRecord& invitation) override;
  Status remove_invitation(InvitationId id) override;
  Status remove_ended_invitations(int64_t now_unix_seconds) override;

 private:
  Connection& database_;
  Touched& touched_;
};

}  // namespace cachery::control::db
