// Changing a password with the old one, and replacing a forgotten one by a link in a mail. A
// request for a link writes down the address and nothing else, whoever has it; a job looks up the
// accounts and queues the mails, so that neither the answer nor its time tells who has an account.
// A new password ends every session, but the one that changed it, and every link and challenge. A
// reset ends every API token too: whoever made one while they were in would stay in. Who changes
// the password while signed in says whether tokens end.
#pragma once

#include <string>
#include <string_view>

#include "control/sessions.h"

namespace cachery::control {

inline constexpr int64_t kResetSeconds = 3600;

enum class TokensToo : uint8_t { no, yes };

class AccountsPassword {
 public:
  explicit AccountsPassword(const AccountsGround& ground) : ground_(ground) {}

  // forbidden: `present` is wrong.
  [[nodiscard]] Status change(const Actor& actor, const SessionRecord& session,
                              std::string_view present, std::string_view wanted,
                              TokensToo tokens) const;
  // Succeeds for every address.
  [[nodiscard]] Status request_reset(std::string_view email) const;
  // The job.
  [[nodiscard]] Status answer_reset_requests(const Now& now) const;
  // For an operator, where no mail server brings it: the secret of a link to pass on, which ends
  // older ones. conflict: the account is suspended.
  [[nodiscard]] Result<std::string> make_reset_link(const Actor& actor, AccountId id) const;
  // not_found: a link that was used, is too old or never was.
  [[nodiscard]] Status reset(const Client& client, std::string_view secret,
                             std::string_view wanted) const;

 private:
  [[nodiscard]] Status send_reset(Records& records, std::string_view email) const;
  [[nodiscard]] Status replace_link(Records& records, AccountId id, std::string_view secret) const;
  // How many tokens it ended.
  [[nodiscard]] Result<size_t> put_in_force(Records& records, AccountRecord account,
                                            const std::string& hash, SessionId kept,
                                            TokensToo tokens) const;

  const AccountsGround& ground_;
};

}  // namespace cachery::control
