// A signed-in browser, as a row. The secret is the cookie's; only its digest is kept. Its twin in
// control/db: session_rows.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/account_records.h"
#include "tenant/digest.h"

namespace cachery::control {

using SessionId = uint64_t;
// Of any secret with 80 random bits or more: one SHA-256 is enough for those.
using SecretDigest = tenant::PasswordDigest;

inline constexpr Sequence kSessionIds{.name = "session"};

struct SessionRecord {
  SessionId id = 0;
  SecretDigest digest{};
  AccountId account = 0;
  AccountId operator_id = 0;  // who really acts, as support; else 0
  std::string address = {};
  std::string user_agent = {};
  int64_t created_unix_seconds = 0;
  int64_t last_used_unix_seconds = 0;
  int64_t idle_end_unix_seconds = 0;
  int64_t end_unix_seconds = 0;
};

class SessionRecords {
 public:
  virtual ~SessionRecords() = default;

  [[nodiscard]] virtual Result<std::optional<SessionRecord>> by_digest(
      const SecretDigest& digest) = 0;
  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<SessionRecord>> of(AccountId account) = 0;
  [[nodiscard]] virtual Status insert(const SessionRecord& session) = 0;
  // Its times.
  [[nodiscard]] virtual Status update(const SessionRecord& session) = 0;
  [[nodiscard]] virtual Status remove(SessionId id) = 0;
  // The account's, and those in which it acts as support for others. `kept` stays; 0: none.
  [[nodiscard]] virtual Status remove_of(AccountId account, SessionId kept) = 0;
  [[nodiscard]] virtual Status remove_ended(int64_t now_unix_seconds) = 0;
};

}  // namespace cachery::control
