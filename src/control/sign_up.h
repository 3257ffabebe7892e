// Signing up, and how the first operator comes to be. Whether an address has an account is told to
// its mailbox only: the answer, and the work (one Argon2id, one transaction, one mail), are the
// same either way. An account is of use once its address has answered; where there is no mail
// server no address can, and accounts are good at once. Whoever signs up again before that gives
// the account a new password and ends the older link, so that nobody's password waits in another's
// account.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "control/accounts_ground.h"
#include "control/invitations.h"

namespace cachery::control {

inline constexpr int64_t kConfirmationSeconds = 2 * 86'400;
inline constexpr int64_t kOperatorLinkSeconds = 86'400;

struct NewPerson {
  std::string email = {};
  std::string password = {};
  std::string name = {};        // may be empty
  std::string invitation = {};  // the secret of one: proves the address, and opens a closed sign-up
};

class SignUp {
 public:
  SignUp(const AccountsGround& ground, const Invitations& invitations)
      : ground_(ground), invitations_(invitations) {}

  SignUpRule rule() const { return ground_.sign_up_rule; }
  // forbidden: sign-up is closed.
  [[nodiscard]] Status sign_up(const Client& client, const NewPerson& person) const;
  // The address has answered. not_found: a link that was used, is too old or never was.
  [[nodiscard]] Result<AccountRecord> confirm(const Client& client, std::string_view secret) const;
  // Within a transaction: a new link, in place of older ones.
  [[nodiscard]] Status send_confirmation(Records& records, const AccountRecord& account) const;

  // The secret of a new link, which ends older ones.
  [[nodiscard]] Result<std::string> make_operator_link(const Actor& actor) const;
  // The same at start; nothing when there is an operator already.
  [[nodiscard]] Result<std::optional<std::string>> first_operator_link() const;
  // Makes an operator: of a new account, or of the account that has this address and password.
  [[nodiscard]] Result<AccountRecord> use_operator_link(const Client& client,
                                                        std::string_view secret,
                                                        const NewPerson& person) const;

 private:
  [[nodiscard]] Status enter(Records& records, const Client& client, const NewPerson& person,
                             const std::string& password_hash) const;
  [[nodiscard]] Result<AccountRecord> insert(Records& records, const NewPerson& person,
                                             const std::string& password_hash) const;
  [[nodiscard]] Status welcome(Records& records, const Actor& actor, AccountRecord& account) const;
  [[nodiscard]] Result<AccountRecord> make_operator(Records& records, const Client& client,
                                                    const NewPerson& person,
                                                    const std::string& password_hash,
                                                    const std::string& known_hash) const;

  const AccountsGround& ground_;
  const Invitations& invitations_;
};

}  // namespace cachery::control
