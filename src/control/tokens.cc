#include "control/tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/random.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

Status check_wanted(const WantedToken& wanted) {
  if (wanted.name.empty()) return fail(Fault::invalid, "\"name\" must say what the token is for");
  if (wanted.days == 0 || wanted.days > kTokenDaysMax) {
    return fail(Fault::invalid,
                fmt::format("\"expires_in_days\" must be from 1 to {}", kTokenDaysMax));
  }
  return check_line("name", wanted.name, kTokenNameBytesMax);
}

AuditNote note_of(std::string_view action, const TokenRecord& token) {
  return {.action = std::string(action),
          .object_kind = "token",
          .object_id = std::to_string(token.id),
          .after = {{"account", token.account},
                    {"name", token.name},
                    {"write", token.scopes.write},
                    {"credentials", token.scopes.credentials}}};
}

}  // namespace

Result<NewToken> Tokens::create(const Actor& actor, AccountId account,
                                const WantedToken& wanted) const {
  if (auto checked = check_wanted(wanted); !checked) return std::unexpected(checked.error());
  NewToken made{.secret = std::string(kTokenMark) + random_hex(24, HexCase::lower)};
  return write(ground_.store, [&](Records& records) -> Result<NewToken> {
    const auto present = records.tokens().of(account);
    if (!present) return std::unexpected(present.error());
    if (present->size() >= kTokensPerAccountMax) {
      return fail(Fault::conflict, fmt::format("an account has at most {} tokens: delete some",
                                               kTokensPerAccountMax));
    }
    const auto id = records.next(kTokenIds);
    if (!id) return std::unexpected(id.error());
    const int64_t now = ground_.now();
    made.token = {.id = *id,
                  .digest = digest_of(made.secret),
                  .account = account,
                  .name = wanted.name,
                  .prefix = made.secret.substr(0, kTokenPrefixBytes),
                  .scopes = wanted.scopes,
                  .created_unix_seconds = now,
                  .end_unix_seconds = now + int64_t{wanted.days} * 86'400};
    if (auto inserted = records.tokens().insert(made.token); !inserted) {
      return std::unexpected(inserted.error());
    }
    const auto noted = ground_.audit.note(records, actor, note_of("token.create", made.token));
    if (!noted) return std::unexpected(noted.error());
    return made;
  });
}

Result<std::vector<TokenRecord>> Tokens::list(AccountId account) const {
  auto all = read(ground_.store, [&](Records& records) { return records.tokens().of(account); });
  if (!all) return all;
  std::erase_if(*all, [&](const auto& one) { return one.end_unix_seconds <= ground_.now(); });
  return all;
}

Status Tokens::remove(const Actor& actor, AccountId account, TokenId id) const {
  return ground_.store.write([&](Records& records) -> Status {
    const auto all = records.tokens().of(account);
    if (!all) return std::unexpected(all.error());
    const auto at = std::ranges::find(*all, id, &TokenRecord::id);
    if (at == all->end()) {
      return fail(Fault::not_found, fmt::format("there is no token {} of this account", id));
    }
    if (auto removed = records.tokens().remove(id); !removed) return removed;
    return ground_.audit.note(records, actor, note_of("token.delete", *at));
  });
}

Result<std::optional<TokenOwner>> Tokens::find(std::string_view secret) const {
  using Found = std::optional<TokenOwner>;
  if (!secret.starts_with(kTokenMark)) return Found();
  const int64_t now = ground_.now();
  auto found = read(ground_.store, [&](Records& records) -> Result<Found> {
    auto token = records.tokens().by_digest(digest_of(secret));
    if (!token) return std::unexpected(token.error());
    if (!*token || (*token)->end_unix_seconds <= now) return Found();
    auto account = records.accounts().find((*token)->account);
    if (!account) return std::unexpected(account.error());
    if (!*account || (*account)->is_suspended) return Found();
    auto memberships = records.teams().memberships_of((*account)->id);
    if (!memberships) return std::unexpected(memberships.error());
    return TokenOwner{std::move(**token), std::move(**account), std::move(*memberships)};
  });
  if (!found || !*found) return found;
  const TokenRecord& token = (*found)->token;
  if (now - token.last_used_unix_seconds < kTokenUseSeconds) return found;
  // A database that cannot be written to now refuses no token.
  const Status kept =
      ground_.store.write([&](Records& records) { return records.tokens().touch(token.id, now); });
  if (!kept) log::warning("token_use_not_kept", {{"reason", kept.error().detail}});
  return found;
}

}  // namespace cachery::control
