// Teams: caches belong to them, people are in them by a role. Every account has had a team of its
// own from its confirmation on, and a team always has an owner: the last one can neither leave nor
// be made less. Who may do what is checked here, in the transaction that does it; an operator may
// all. A team that one is not in does not exist for him.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/accounts_ground.h"
#include "control/team_records.h"

namespace cachery::control {

inline constexpr size_t kTeamNameBytesMax = 64;
inline constexpr size_t kTeamMembersMax = 200;
inline constexpr size_t kTeamsPerAccountMax = 50;

// Who asks, as far as teams care.
struct TeamCaller {
  Actor actor = {};
  AccountId account = 0;  // 0: the operator token, or a single sign-on session, which is in no team
  bool is_operator = false;
};

struct OwnTeam {
  TeamRecord team = {};
  Role role = Role::read_only;  // of who asks; owner for an operator
};

struct TeamMember {
  AccountRecord account = {};
  Role role = Role::read_only;
};

// Within a transaction: the caller's role in it. not_found: none; forbidden: less than `least`.
[[nodiscard]] Result<TeamRecord> check_role(Records& records, const TeamCaller& caller, TeamId team,
                                            Role least);
// Within a transaction: a new team with its first owner, who has made it. exhausted: it has made
// too many.
[[nodiscard]] Result<TeamRecord> create_team(const AccountsGround& ground, Records& records,
                                             const Actor& actor, std::string_view name,
                                             AccountId owner);
// Within a transaction: conflict when the account is in too many teams, or the team is full.
[[nodiscard]] Status join_team(Records& records, const MemberRecord& member);

class Teams {
 public:
  explicit Teams(const AccountsGround& ground) : ground_(ground) {}

  // The caller's; all, for the operator token.
  [[nodiscard]] Result<std::vector<OwnTeam>> list(const TeamCaller& caller) const;
  [[nodiscard]] Result<OwnTeam> find(const TeamCaller& caller, TeamId id) const;
  // An account's only: it becomes its owner.
  [[nodiscard]] Result<OwnTeam> create(const TeamCaller& caller, std::string_view name) const;
  [[nodiscard]] Result<OwnTeam> rename(const TeamCaller& caller, TeamId id,
                                       std::string_view name) const;

  // What it holds of what everybody shares, and how much it may; see quotas.h.
  [[nodiscard]] Result<std::vector<QuotaState>> quotas(const TeamCaller& caller, TeamId id) const;
  // For operators. Without `most` the default counts again. What a team has beyond it, it keeps.
  [[nodiscard]] Result<std::vector<QuotaState>> set_quota(const Actor& actor, TeamId id,
                                                          Quota quota,
                                                          std::optional<uint64_t> most) const;

  [[nodiscard]] Result<std::vector<TeamMember>> members(const TeamCaller& caller, TeamId id) const;
  // conflict: it is the last owner.
  [[nodiscard]] Result<TeamMember> set_role(const TeamCaller& caller, TeamId id, AccountId account,
                                            Role role) const;
  // Anybody may leave; an owner may remove anybody.
  [[nodiscard]] Status remove_member(const TeamCaller& caller, TeamId id, AccountId account) const;

 private:
  [[nodiscard]] Status note(Records& records, const Actor& actor, std::string_view action,
                            TeamId team, boost::json::object before,
                            boost::json::object after) const;

  const AccountsGround& ground_;
};

}  // namespace cachery::control
