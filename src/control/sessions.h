// Sessions: browsers that are signed in. The cookie holds 256 random bits, the database their
// digest. A session ends 14 days after its last use, 90 days after its start, when it is revoked,
// when the password changes, or when its account, or the operator behind it, is suspended. Every
// change bears the CSRF token, which is derived from the secret, so that nothing more is kept and
// nobody who has not read the answer to a sign-in can know it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/accounts_ground.h"
#include "control/session_records.h"
#include "control/team_records.h"

namespace cachery::control {

inline constexpr int64_t kSessionIdleSeconds = 14 * 86'400;
inline constexpr int64_t kSessionSeconds = 90 * 86'400;
inline constexpr int64_t kSupportSessionSeconds = 3600;
// An account whose address did not answer for so long is forgotten.
inline constexpr int64_t kUnconfirmedSeconds = 7 * 86'400;
// A use within so many seconds of the last one is not written down.
inline constexpr int64_t kSessionUseSeconds = 300;

// 64 hex digits; the same for the same secret.
std::string csrf_token_of(std::string_view session_secret);

struct NewSession {
  std::string secret = {};  // of the cookie: told once
  SessionRecord session = {};
  AccountRecord account = {};
};

// Who is behind a session, as of now.
struct SignedIn {
  SessionRecord session = {};
  AccountRecord account = {};
  std::vector<MemberRecord> memberships = {};
  std::optional<AccountRecord> support = {};  // the operator who really acts
};

class Sessions {
 public:
  explicit Sessions(const AccountsGround& ground) : ground_(ground) {}

  // Within the transaction that signs in; `operator_id` as support, else 0.
  [[nodiscard]] Result<NewSession> start(Records& records, const AccountRecord& account,
                                         const Client& client, AccountId operator_id = 0) const;
  // Nothing: there is none (any more). Counts as a use.
  [[nodiscard]] Result<std::optional<SignedIn>> find(std::string_view secret) const;
  // Those that have not ended.
  [[nodiscard]] Result<std::vector<SessionRecord>> list(AccountId account) const;
  // not_found: it is no session of the account.
  [[nodiscard]] Status revoke(const Actor& actor, AccountId account, SessionId id) const;
  // All but one; 0: all.
  [[nodiscard]] Status revoke_others(const Actor& actor, AccountId account, SessionId kept) const;
  // The job: forgets what has ended, here and among tokens, secrets and invitations.
  [[nodiscard]] Status forget_ended(const Now& now) const;

 private:
  void note_use(const SessionRecord& session) const;

  const AccountsGround& ground_;
};

}  // namespace cachery::control
