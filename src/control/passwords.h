// People's passwords: what may be one, and Argon2id over libsodium. Hashing is meant to be dear (64
// MiB and some 60 ms of a core each), so a storm of sign-ins is a storm of memory unless it is
// bounded: hashes take turns, kHashesAtOnceMax at a time, whoever asks. Endpoints that come here
// run on the HTTP server's slow threads (http/router.h), so that no other request waits for them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <semaphore>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cachery::control {

inline constexpr size_t kPasswordBytesMin = 10;
inline constexpr size_t kPasswordBytesMax = 1024;
inline constexpr int kHashesAtOnceMax = 2;

struct PasswordCost {
  uint64_t operations = 0;
  size_t memory_bytes = 0;
};

// libsodium's "interactive", which is above OWASP's least for Argon2id (19 MiB, 2 operations).
inline constexpr PasswordCost kPasswordCost{.operations = 2, .memory_bytes = size_t{64} << 20};
// The least that there is: for tests that sign in hundreds of times.
inline constexpr PasswordCost kPasswordCostOfTests{.operations = 1, .memory_bytes = 8192};

// Too short, too long, or what anyone would try first: the address, one character over and over.
[[nodiscard]] Status check_password(std::string_view password, std::string_view email);

// Any thread.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordCost cost = kPasswordCost);

  // unavailable: no memory for it now.
  [[nodiscard]] Result<std::string> hash(std::string_view password);
  // An empty hash is nobody's: false after the same work, so that the time it takes does not tell
  // whether there is an account.
  bool matches(std::string_view hash, std::string_view password);

 private:
  const PasswordCost cost_;
  std::counting_semaphore<kHashesAtOnceMax> turns_{kHashesAtOnceMax};
  std::string nobodys_hash_;
};

}  // namespace cachery::control
