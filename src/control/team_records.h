// Teams, who is in them, and who is invited, as rows. Ids are never given twice. Their twin in
// control/db: team_rows.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/role.h"
#include "control/session_records.h"

namespace cachery::control {

using InvitationId = uint64_t;

inline constexpr Sequence kTeamIds{.name = "team"};
inline constexpr Sequence kInvitationIds{.name = "invitation"};

struct TeamRecord {
  TeamId id = 0;
  std::string name = {};
  bool is_suspended = false;  // its caches are refused
  int64_t created_unix_seconds = 0;
  AccountId creator = 0;  // who made it and is charged with what it holds, see quotas.h; 0: unknown
};

struct MemberRecord {
  TeamId team = 0;
  AccountId account = 0;
  Role role = Role::read_only;
};

struct InvitationRecord {
  InvitationId id = 0;
  SecretDigest digest{};
  TeamId team = 0;
  std::string email = {};
  Role role = Role::read_only;
  int64_t created_unix_seconds = 0;
  int64_t end_unix_seconds = 0;
};

class TeamRecords {
 public:
  virtual ~TeamRecords() = default;

  [[nodiscard]] virtual Result<std::vector<TeamRecord>> all() = 0;
  [[nodiscard]] virtual Result<std::optional<TeamRecord>> find(TeamId id) = 0;
  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<TeamId>> made_by(AccountId account) = 0;
  [[nodiscard]] virtual Status insert(const TeamRecord& team) = 0;
  [[nodiscard]] virtual Status update(const TeamRecord& team) = 0;
  // Its members and invitations go with it.
  [[nodiscard]] virtual Status remove(TeamId id) = 0;

  // In the order of accounts, and of teams.
  [[nodiscard]] virtual Result<std::vector<MemberRecord>> members_of(TeamId team) = 0;
  [[nodiscard]] virtual Result<std::vector<MemberRecord>> memberships_of(AccountId account) = 0;
  // Puts a member in, or changes the role of one.
  [[nodiscard]] virtual Status put(const MemberRecord& member) = 0;
  [[nodiscard]] virtual Status remove_member(TeamId team, AccountId account) = 0;

  [[nodiscard]] virtual Result<std::vector<InvitationRecord>> invitations_of(TeamId team) = 0;
  [[nodiscard]] virtual Result<std::optional<InvitationRecord>> invitation_by_digest(
      const SecretDigest& digest) = 0;
  [[nodiscard]] virtual Status insert(const InvitationRecord& invitation) = 0;
  [[nodiscard]] virtual Status remove_invitation(InvitationId id) = 0;
  [[nodiscard]] virtual Status remove_ended_invitations(int64_t now_unix_seconds) = 0;
};

}  // namespace cachery::control
