// Invitations to a team: a link in a mail, good once, for seven days, and for the invited address
// alone, whoever has the link. Inviting an address again replaces its invitation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/teams.h"

namespace cachery::control {

inline constexpr int64_t kInvitationSeconds = 7 * 86'400;
inline constexpr size_t kInvitationsPerTeamMax = 100;

struct NewInvitation {
  InvitationRecord invitation = {};
  // The link, where no mail server brings it: for the owner to pass on. Else empty.
  std::string link = {};
};

class Invitations {
 public:
  explicit Invitations(const AccountsGround& ground) : ground_(ground) {}

  // Comes before, and counts. 0: go on. Else the seconds to wait, for the rates of such mails.
  // Owners only.
  [[nodiscard]] Result<uint32_t> wait_before_invite(const TeamCaller& caller, TeamId team,
                                                    std::string_view email) const;
  // Owners only. conflict: it is a member already.
  [[nodiscard]] Result<NewInvitation> invite(const TeamCaller& caller, TeamId team,
                                             std::string_view email, Role role) const;
  [[nodiscard]] Result<std::vector<InvitationRecord>> list(const TeamCaller& caller,
                                                           TeamId team) const;
  [[nodiscard]] Status withdraw(const TeamCaller& caller, TeamId team, InvitationId id) const;
  // not_found: used, withdrawn, too old, or never there. forbidden: it is for another address.
  [[nodiscard]] Result<OwnTeam> accept(const Actor& actor, AccountId account,
                                       std::string_view secret) const;

  // Within the transaction that signs up: the same for an account that is being made.
  [[nodiscard]] Result<OwnTeam> accept(Records& records, const Actor& actor,
                                       const AccountRecord& account, std::string_view secret) const;

 private:
  const AccountsGround& ground_;
};

}  // namespace cachery::control
