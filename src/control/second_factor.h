// The second factor: codes of an authenticator (totp.h), and recovery codes for whoever has lost
// it. A key is given first and in force only once a code of it was shown, so that nobody locks
// himself out by a photograph that failed. A code is taken once: the step of the last one is kept,
// in the transaction that signs in. Recovery codes are 80 random bits, kept as digests, each good
// once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/accounts_ground.h"

namespace cachery::control {

inline constexpr size_t kRecoveryCodes = 10;

struct SecondFactorKey {
  std::string key = {};  // base32
  std::string uri = {};
};

class SecondFactor {
 public:
  explicit SecondFactor(const AccountsGround& ground) : ground_(ground) {}

  // A new key, which replaces one that was begun. conflict: there is one in force.
  [[nodiscard]] Result<SecondFactorKey> begin(const Actor& actor, AccountId account) const;
  // In force from now on; the recovery codes, told once. invalid: the code is not of the key.
  [[nodiscard]] Result<std::vector<std::string>> enable(const Actor& actor, AccountId account,
                                                        std::string_view code) const;
  // Both want the password again (forbidden when it is wrong). conflict: there is none in force.
  [[nodiscard]] Status disable(const Actor& actor, AccountId account,
                               std::string_view password) const;
  // The same by an operator, for who has lost the authenticator and the recovery codes.
  [[nodiscard]] Status disable_as_operator(const Actor& actor, AccountId account) const;
  [[nodiscard]] Result<std::vector<std::string>> renew_recovery_codes(
      const Actor& actor, AccountId account, std::string_view password) const;
  [[nodiscard]] Result<uint64_t> count_recovery_codes(AccountId account) const;

  // Within the transaction that signs in: true when the code, of the authenticator or a recovery
  // code, is right; it is used up then.
  [[nodiscard]] Result<bool> take(Records& records, const AccountRecord& account,
                                  std::string_view code) const;

 private:
  [[nodiscard]] Result<std::vector<std::string>> set_recovery_codes(Records& records,
                                                                    AccountId account) const;
  [[nodiscard]] Status check_password_of(AccountId account, std::string_view password) const;

  const AccountsGround& ground_;
};

}  // namespace cachery::control
