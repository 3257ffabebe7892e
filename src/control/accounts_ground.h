// What every service about people stands on, and the little that all of them do: secrets, audit
// rows, and the answers that must not differ.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "control/account_records.h"
#include "control/audit.h"
#include "control/email.h"
#include "control/mail.h"
#include "control/notices.h"
#include "control/passwords.h"
#include "control/publisher.h"
#include "control/quotas.h"
#include "control/seal.h"
#include "control/session_records.h"
#include "control/store.h"

namespace cachery::control {

enum class SignUpRule : uint8_t { open, closed };

// All of it outlives the services.
struct AccountsGround {
  Store& store;
  Publisher& publisher;
  const Clock& clock;
  const Sealer& sealer;
  const Audit& audit;
  Mails& mails;
  PasswordHasher& hasher;
  const Links& links;
  const Quotas& quotas;
  SignUpRule sign_up_rule = SignUpRule::open;

  int64_t now() const { return clock.now().unix_seconds; }
};

// The browser or program that asks: for the list of sessions.
struct Client {
  std::string address = {};
  std::string user_agent = {};
};

inline constexpr size_t kPersonNameBytesMax = 100;
inline constexpr size_t kUserAgentBytesMax = 200;

// 256 random bits as 64 hex digits, and what is kept of them.
std::string make_secret();
SecretDigest digest_of(std::string_view secret);

// One line of UTF-8.
[[nodiscard]] Status check_line(std::string_view what, std::string_view text, size_t bytes_max);

// The account, or not_found.
[[nodiscard]] Result<AccountRecord> find_account(Records& records, AccountId id);

Actor actor_of(const AccountRecord& account, const Client& client);

[[nodiscard]] Status note_account(const AccountsGround& ground, Records& records,
                                  const Actor& actor, std::string_view action, AccountId account,
                                  boost::json::object before = {}, boost::json::object after = {});

}  // namespace cachery::control
