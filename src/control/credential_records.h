// What is kept about a credential, as a row, and the rows as the services see them. The password is
// here twice: sealed (to be shown to its owner) and as the digest that nodes compare with. Its twin
// in control/db: credential_rows.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/sequence.h"
#include "tenant/snapshot.h"

namespace cachery::control {

using tenant::CacheId;
using tenant::CredentialId;

inline constexpr Sequence kCredentialIds{.name = "credential"};

struct CredentialRecord {
  CredentialId id = 0;
  CacheId cache = 0;
  std::string username = {};         // 6 lower-case hex digits
  std::string sealed_password = {};  // bytes, see seal.h
  tenant::PasswordDigest password_digest{};
  tenant::Capabilities capabilities = {};
  std::string key_prefix = {};
  tenant::Admission admission = {};
  bool is_primary = false;
  int64_t created_unix_seconds = 0;
  int64_t used_unix_seconds = 0;  // the last time, to the minute; 0: never
};

class CredentialRecords {
 public:
  virtual ~CredentialRecords() = default;

  // In the order of their caches, then of their ids.
  [[nodiscard]] virtual Result<std::vector<CredentialRecord>> all() = 0;
  [[nodiscard]] virtual Result<std::vector<CredentialRecord>> of(CacheId cache) = 0;
  // Of the caches from the one to the other, both among them; in the order of all().
  [[nodiscard]] virtual Result<std::vector<CredentialRecord>> between(CacheId first,
                                                                      CacheId last) = 0;
  [[nodiscard]] virtual Result<bool> has_username(std::string_view username) = 0;
  [[nodiscard]] virtual Status insert(const CredentialRecord& credential) = 0;
  // All but its id, cache, username, password and times.
  [[nodiscard]] virtual Status update(const CredentialRecord& credential) = 0;
  // Unless it was used later; nothing is done when there is no such credential.
  [[nodiscard]] virtual Status note_use(CredentialId id, int64_t unix_seconds) = 0;
  [[nodiscard]] virtual Status remove(CredentialId id) = 0;
};

}  // namespace cachery::control
