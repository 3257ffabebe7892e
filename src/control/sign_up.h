// Signing up, and how the first operator comes to be. Whether an address has an account is told to
// its mailbox only: the answer, and the work (one Argon2id, one transaction, one mail), are the
// same either way. An account is of use once its address has answered; where there is no mail
// server no address can, and accounts are good at once.
//
// Anybody may sign up with anybody's address, so a sign-up changes nothing of an earlier one. Each
// sends a link of its own, which holds the password and the name that were given with it; the link
// that is used puts its own in force and ends the others. While several wait, the link alone does
// not tell whose password it holds: the person who opens it says the password too. Rejected: the
// last password wins, by which a stranger who signs up after the owner of the address only waits
// for the owner to confirm it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "control/accounts_ground.h"
#include "control/invitations.h"
#include "control/one_time_secret_records.h"

namespace cachery::control {

inline constexpr int64_t kConfirmationSeconds = 2 * 86'400;
inline constexpr int64_t kOperatorLinkSeconds = 86'400;

struct NewPerson {
  std::string email = {};
  std::string password = {};
  std::string name = {};        // may be empty
  std::string invitation = {};  // the secret of one: proves the address, and opens a closed sign-up
};

// A link that waits, and whether links of other sign-ups with its address do.
struct Confirmation {
  OneTimeSecretRecord link = {};
  bool is_one_of_several = false;
};

class SignUp {
 public:
  SignUp(const AccountsGround& ground, const Invitations& invitations)
      : ground_(ground), invitations_(invitations) {}

  SignUpRule rule() const { return ground_.sign_up_rule; }
  // forbidden: sign-up is closed.
  [[nodiscard]] Status sign_up(const Client& client, const NewPerson& person) const;
  // The address has answered. not_found: a link that was used, is too old or never was. conflict:
  // others wait, so `password` must be said. forbidden: it is not the one of this link.
  [[nodiscard]] Result<AccountRecord> confirm(const Client& client, std::string_view secret,
                                              std::string_view password = {}) const;
  // Within a transaction: a new link for the account's own password, in place of older ones of it;
  // where the rate of such mails allows no more, the older one stays.
  [[nodiscard]] Status resend_confirmation(Records& records, const AccountRecord& account) const;

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
  [[nodiscard]] Status check_password_of(const Confirmation& found,
                                         std::string_view password) const;
  // A new link for a password and a name, in place of older ones for the same.
  [[nodiscard]] Status send_confirmation(Records& records, const AccountRecord& account,
                                         const std::string& password_hash,
                                         const std::string& name, MailKind kind) const;
  [[nodiscard]] Status welcome(Records& records, const Actor& actor, AccountRecord& account) const;
  [[nodiscard]] Result<AccountRecord> make_operator(Records& records, const Client& client,
                                                    const NewPerson& person,
                                                    const std::string& password_hash,
                                                    const std::string& known_hash) const;

  const AccountsGround& ground_;
  const Invitations& invitations_;
};

}  // namespace cachery::control
