// Signing in, in one step or, with a second factor, in two; and signing out. Whether there is an
// account is not told: a wrong password, and an address that nobody has, get one answer after one
// Argon2id. What is wrong with an account (not confirmed, suspended) is told to those only who know
// its password.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "control/second_factor.h"
#include "control/sessions.h"
#include "control/sign_up.h"

namespace cachery::control {

inline constexpr int64_t kChallengeSeconds = 300;
inline constexpr int kChallengeTries = 5;

struct EmailAndPassword {
  std::string email = {};
  std::string password = {};
};

// Exactly one is there: a session, or what to send with the second factor's code.
struct SignInStep {
  std::optional<NewSession> session = {};
  std::string challenge = {};
};

class SignIn {
 public:
  SignIn(const AccountsGround& ground, const Sessions& sessions, const SecondFactor& second_factor,
         const SignUp& sign_up)
      : ground_(ground), sessions_(sessions), second_factor_(second_factor), sign_up_(sign_up) {}

  // unauthorized: they do not belong together. forbidden: suspended, or the address is not
  // confirmed (a new link is on its way then).
  [[nodiscard]] Result<SignInStep> begin(const Client& client, const EmailAndPassword& given) const;
  // Whose challenge it is; 0: nobody's. To limit the guesses at an account's codes.
  [[nodiscard]] Result<AccountId> challenged_account(std::string_view challenge) const;
  // unauthorized: the challenge is over, or the code is wrong; five wrong ones end the challenge.
  [[nodiscard]] Result<NewSession> finish(const Client& client, std::string_view challenge,
                                          std::string_view code) const;
  [[nodiscard]] Status sign_out(const Actor& actor, const SessionRecord& session) const;

 private:
  [[nodiscard]] Result<SignInStep> admit(Records& records, const Client& client, AccountId id,
                                         std::string_view matched_hash) const;
  [[nodiscard]] Result<NewSession> open(Records& records, const Client& client,
                                        AccountRecord account) const;
  [[nodiscard]] Status resend_confirmation(AccountId id) const;
  [[nodiscard]] Result<std::optional<NewSession>> answer(Records& records, const Client& client,
                                                         std::string_view challenge,
                                                         std::string_view code) const;

  const AccountsGround& ground_;
  const Sessions& sessions_;
  const SecondFactor& second_factor_;
  const SignUp& sign_up_;
};

}  // namespace cachery::control
