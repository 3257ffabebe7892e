#include "control/accounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "control/cache_links.h"
#include "control/cache_records.h"
#include "control/team_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

namespace json = boost::json;

// conflict: nobody would be left who can undo it.
Status check_not_last_operator(Records& records, const AccountRecord& account) {
  if (!account.is_operator || account.is_suspended) return {};
  const auto count = records.accounts().count_operators();
  if (!count) return std::unexpected(count.error());
  if (*count > 1) return {};
  return fail(Fault::conflict, "this is the last operator: make another one first");
}

// Whether somebody else can be held to account for the team: an owner who is not suspended.
Result<bool> has_other_owner(Records& records, TeamId team, AccountId account) {
  const auto members = records.teams().members_of(team);
  if (!members) return std::unexpected(members.error());
  for (const MemberRecord& one : *members) {
    if (one.role != Role::owner || one.account == account) continue;
    const auto other = find_account(records, one.account);
    if (!other) return std::unexpected(other.error());
    if (!other->is_suspended) return true;
  }
  return false;
}

// The single sign-on addresses that the account may have seen open nothing any more; whoever else
// is in the team finds the new ones on the page. How many they were.
Result<size_t> renew_addresses(const AccountsGround& ground, Records& records, AccountId id) {
  size_t count = 0;
  const auto memberships = records.teams().memberships_of(id);
  if (!memberships) return std::unexpected(memberships.error());
  for (const MemberRecord& one : *memberships) {
    if (one.role == Role::read_only) continue;  // is shown no address
    auto caches = records.caches().list({.team = one.team, .is_deleted = false});
    if (!caches) return std::unexpected(caches.error());
    auto deleted = records.caches().list({.team = one.team, .is_deleted = true});
    if (!deleted) return std::unexpected(deleted.error());
    std::ranges::move(*deleted, std::back_inserter(*caches));
    for (CacheRecord& cache : *caches) {
      cache.sealed_link_secret = ground.sealer.seal(new_link_secret());
      if (auto updated = records.caches().update(cache); !updated) {
        return std::unexpected(updated.error());
      }
      ++count;
    }
  }
  return count;
}

}  // namespace

Result<AccountRecord> Accounts::find(AccountId id) const {
  return read(ground_.store, [&](Records& records) { return find_account(records, id); });
}

Result<AccountRecord> Accounts::rename(const Actor& actor, AccountId id,
                                       std::string_view name) const {
  if (auto checked = check_line("name", name, kPersonNameBytesMax); !checked) {
    return std::unexpected(checked.error());
  }
  return write(ground_.store, [&](Records& records) -> Result<AccountRecord> {
    auto account = find_account(records, id);
    if (!account) return account;
    const std::string before = std::exchange(account->name, std::string(name));
    if (auto updated = records.accounts().update(*account); !updated) {
      return std::unexpected(updated.error());
    }
    const auto noted = note_account(ground_, records, actor, "account.rename", id,
                                    {{"name", before}}, {{"name", account->name}});
    if (!noted) return std::unexpected(noted.error());
    return account;
  });
}

Result<AccountPage> Accounts::list(AccountQuery query) const {
  if (query.count_max == 0 || query.count_max > kAccountsPageMax) {
    return fail(Fault::invalid, fmt::format("\"limit\" must be from 1 to {}", kAccountsPageMax));
  }
  const size_t wanted = query.count_max++;  // one more tells whether there are more
  auto found =
      read(ground_.store, [&](Records& records) { return records.accounts().page(query); });
  if (!found) return std::unexpected(found.error());
  AccountPage page{std::move(*found), false};
  page.has_more = page.accounts.size() > wanted;
  if (page.has_more) page.accounts.pop_back();
  return page;
}

Result<AccountRecord> Accounts::suspend(const Actor& actor, AccountId id, CachesToo caches) const {
  AccountRecord suspended;
  const Status done = ground_.publisher.change([&](Records& records) -> Status {
    auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    if (id == actor.id) return fail(Fault::conflict, "nobody can suspend himself");
    if (auto checked = check_not_last_operator(records, *account); !checked) return checked;
    account->is_suspended = true;
    if (auto updated = records.accounts().update(*account); !updated) return updated;
    if (auto ended = records.sessions().remove_of(id, 0); !ended) return ended;
    const auto addresses = renew_addresses(ground_, records, id);
    if (!addresses) return std::unexpected(addresses.error());
    if (caches == CachesToo::yes) {
      if (auto teams = suspend_teams(records, id, true); !teams) return teams;
    }
    suspended = std::move(*account);
    return note_account(ground_, records, actor, "account.suspend", id, {{"suspended", false}},
                        {{"suspended", true},
                         {"caches_too", caches == CachesToo::yes},
                         {"renewed_addresses", *addresses}});
  });
  if (!done) return std::unexpected(done.error());
  return suspended;
}

Result<AccountRecord> Accounts::unsuspend(const Actor& actor, AccountId id) const {
  AccountRecord restored;
  const Status done = ground_.publisher.change([&](Records& records) -> Status {
    auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    account->is_suspended = false;
    if (auto updated = records.accounts().update(*account); !updated) return updated;
    if (auto teams = suspend_teams(records, id, false); !teams) return teams;
    restored = std::move(*account);
    return note_account(ground_, records, actor, "account.unsuspend", id, {{"suspended", true}},
                        {{"suspended", false}});
  });
  if (!done) return std::unexpected(done.error());
  return restored;
}

Status Accounts::suspend_teams(Records& records, AccountId id, bool is_suspended) const {
  const auto memberships = records.teams().memberships_of(id);
  if (!memberships) return std::unexpected(memberships.error());
  for (const MemberRecord& one : *memberships) {
    if (one.role != Role::owner) continue;
    const auto is_shared = has_other_owner(records, one.team, id);
    if (!is_shared) return std::unexpected(is_shared.error());
    if (is_suspended && *is_shared) continue;
    const auto team = records.teams().find(one.team);
    if (!team) return std::unexpected(team.error());
    TeamRecord changed = team->value();
    changed.is_suspended = is_suspended;
    if (auto updated = records.teams().update(changed); !updated) return updated;
  }
  return {};
}

Result<NewSession> Accounts::sign_in_as_support(const Actor& actor, const Client& client,
                                                AccountId id) const {
  if (actor.kind != ActorKind::account) {
    return fail(Fault::forbidden, "support is given by a person: sign in as an operator");
  }
  return write(ground_.store, [&](Records& records) -> Result<NewSession> {
    const auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    if (account->is_operator || account->is_suspended) {
      return fail(Fault::conflict, account->is_operator
                                       ? "an operator cannot be helped as support"
                                       : "this account is suspended: unsuspend it first");
    }
    auto session = sessions_.start(records, *account, client, actor.id);
    if (!session) return session;
    const auto noted = note_account(ground_, records, actor, "account.support", id, {},
                                    {{"session", session->session.id}, {"email", account->email}});
    if (!noted) return std::unexpected(noted.error());
    return session;
  });
}

Result<AccountRecord> Accounts::set_operator(const Actor& actor, AccountId id,
                                             bool is_operator) const {
  return write(ground_.store, [&](Records& records) -> Result<AccountRecord> {
    auto account = find_account(records, id);
    if (!account || account->is_operator == is_operator) return account;
    if (!is_operator) {
      const auto checked = check_not_last_operator(records, *account);
      if (!checked) return std::unexpected(checked.error());
    }
    if (is_operator && (!account->is_confirmed || account->is_suspended)) {
      return fail(Fault::conflict,
                  "only a confirmed account that is not suspended can be an "
                  "operator");
    }
    account->is_operator = is_operator;
    if (auto updated = records.accounts().update(*account); !updated) {
      return std::unexpected(updated.error());
    }
    const auto noted = note_account(ground_, records, actor, "account.set_operator", id,
                                    {{"operator", !is_operator}}, {{"operator", is_operator}});
    if (!noted) return std::unexpected(noted.error());
    return account;
  });
}

}  // namespace cachery::control
