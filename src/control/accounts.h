// Accounts as their people see them, and as operators do: list, search, suspend, sign in as
// support, make and unmake operators.
//
// A suspended account's sessions end, its tokens open nothing, and the single sign-on addresses of
// the caches whose passwords it could see are renewed. Where no other owner is left, what opens a
// cache cannot be changed by its credentials either. The caches and their credentials go on, for
// applications use them, unless the operator says otherwise: then the nodes refuse those of its
// teams, but of teams that have another owner, until it is unsuspended.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/accounts_ground.h"
#include "control/sessions.h"

namespace cachery::control {

inline constexpr uint32_t kAccountsPageMax = 500;

enum class CachesToo : uint8_t { no, yes };

struct AccountPage {
  std::vector<AccountRecord> accounts = {};
  bool has_more = false;
};

class Accounts {
 public:
  Accounts(const AccountsGround& ground, const Sessions& sessions)
      : ground_(ground), sessions_(sessions) {}

  [[nodiscard]] Result<AccountRecord> find(AccountId id) const;
  [[nodiscard]] Result<AccountRecord> rename(const Actor& actor, AccountId id,
                                             std::string_view name) const;

  // For operators from here on; whoever calls has seen to that.
  [[nodiscard]] Result<AccountPage> list(AccountQuery query) const;
  // conflict: it is the last operator, or oneself.
  [[nodiscard]] Result<AccountRecord> suspend(const Actor& actor, AccountId id,
                                              CachesToo caches) const;
  [[nodiscard]] Result<AccountRecord> unsuspend(const Actor& actor, AccountId id) const;
  // A session in which an operator acts as somebody else, for an hour. The audit names both.
  [[nodiscard]] Result<NewSession> sign_in_as_support(const Actor& actor, const Client& client,
                                                      AccountId id) const;
  // conflict: it is the last operator, or not confirmed yet.
  [[nodiscard]] Result<AccountRecord> set_operator(const Actor& actor, AccountId id,
                                                   bool is_operator) const;

 private:
  [[nodiscard]] Status suspend_teams(Records& records, AccountId id, bool is_suspended) const;

  const AccountsGround& ground_;
  const Sessions& sessions_;
};

}  // namespace cachery::control
