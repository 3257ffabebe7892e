// Secrets that open one thing once, and the digests of recovery codes, which do too: as rows. A
// secret leaves as a link or as an answer and comes back; only its digest is kept. Their twin in
// control/db: one_time_secret_rows.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/session_records.h"

namespace cachery::control {

enum class SecretPurpose : uint8_t {
  confirmation,   // this address answers
  reset,          // a new password
  challenge,      // a sign-in that waits for its second factor
  operator_link,  // become an operator
};

constexpr const char* name_of(SecretPurpose purpose) {
  switch (purpose) {
    case SecretPurpose::confirmation:
      return "confirmation";
    case SecretPurpose::reset:
      return "reset";
    case SecretPurpose::challenge:
      return "challenge";
    case SecretPurpose::operator_link:
      return "operator_link";
  }
  return "";
}

struct OneTimeSecretRecord {
  SecretDigest digest{};
  SecretPurpose purpose = SecretPurpose::confirmation;
  AccountId account = 0;  // 0: nobody's yet
  int tries_left = 1;
  int64_t end_unix_seconds = 0;
  // confirmation: of the sign-up that it is for, in force once it is used. Empty: the account's
  // own.
  std::string password_hash = {};
  std::string person_name = {};
};

class OneTimeSecretRecords {
 public:
  virtual ~OneTimeSecretRecords() = default;

  [[nodiscard]] virtual Result<std::optional<OneTimeSecretRecord>> find(
      SecretPurpose purpose, const SecretDigest& digest) = 0;
  // Of an account, the ended ones included.
  [[nodiscard]] virtual Result<std::vector<OneTimeSecretRecord>> of(AccountId account,
                                                                    SecretPurpose purpose) = 0;
  [[nodiscard]] virtual Status insert(const OneTimeSecretRecord& secret) = 0;
  [[nodiscard]] virtual Status set_tries_left(const SecretDigest& digest, int tries_left) = 0;
  [[nodiscard]] virtual Status remove(const SecretDigest& digest) = 0;
  // All of an account, or, for 0, all that are nobody's.
  [[nodiscard]] virtual Status remove_of(AccountId account, SecretPurpose purpose) = 0;
  [[nodiscard]] virtual Status remove_ended(int64_t now_unix_seconds) = 0;

  [[nodiscard]] virtual Status set_recovery_codes(AccountId account,
                                                  const std::vector<SecretDigest>& digests) = 0;
  [[nodiscard]] virtual Result<uint64_t> count_recovery_codes(AccountId account) = 0;
  // True: it was there, and is no more.
  [[nodiscard]] virtual Result<bool> take_recovery_code(AccountId account,
                                                        const SecretDigest& digest) = 0;

  // Addresses that asked for a new password, each once, whether an account has them or not.
  [[nodiscard]] virtual Status insert_reset_request(std::string_view email) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> take_reset_requests() = 0;
};

}  // namespace cachery::control
