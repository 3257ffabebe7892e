#include "control/sessions.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/log.h"
#include "control/one_time_secret_records.h"
#include "control/token_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

bool has_ended(const SessionRecord& session, int64_t now) {
  return session.end_unix_seconds <= now || session.idle_end_unix_seconds <= now;
}

}  // namespace

std::string csrf_token_of(std::string_view session_secret) {
  constexpr std::string_view kPurpose = "cachery csrf token";
  CHECK(sodium_init() >= 0);
  std::array<unsigned char, 32> token{};
  const SecretDigest key = tenant::digest_password(std::string("csrf:").append(session_secret));
  crypto_generichash(token.data(), token.size(),
                     reinterpret_cast<const unsigned char*>(kPurpose.data()), kPurpose.size(),
                     key.data(), key.size());
  std::string hex;
  for (const unsigned char byte : token) hex += fmt::format("{:02x}", byte);
  return hex;
}

Result<NewSession> Sessions::start(Records& records, const AccountRecord& account,
                                   const Client& client, AccountId operator_id) const {
  const auto id = records.next(kSessionIds);
  if (!id) return std::unexpected(id.error());
  const int64_t now = ground_.now();
  NewSession made{.secret = make_secret(), .account = account};
  made.session = {
      .id = *id,
      .digest = digest_of(made.secret),
      .account = account.id,
      .operator_id = operator_id,
      .address = client.address,
      .user_agent = client.user_agent,
      .created_unix_seconds = now,
      .last_used_unix_seconds = now,
      .idle_end_unix_seconds = now + kSessionIdleSeconds,
      .end_unix_seconds = now + (operator_id == 0 ? kSessionSeconds : kSupportSessionSeconds)};
  if (auto inserted = records.sessions().insert(made.session); !inserted) {
    return std::unexpected(inserted.error());
  }
  return made;
}

Result<std::optional<SignedIn>> Sessions::find(std::string_view secret) const {
  const int64_t now = ground_.now();
  using Found = std::optional<SignedIn>;
  auto found = read(ground_.store, [&](Records& records) -> Result<Found> {
    auto session = records.sessions().by_digest(digest_of(secret));
    if (!session) return std::unexpected(session.error());
    if (!*session || has_ended(**session, now)) return Found();
    auto account = records.accounts().find((*session)->account);
    if (!account) return std::unexpected(account.error());
    if (!*account || (*account)->is_suspended) return Found();
    auto memberships = records.teams().memberships_of((*account)->id);
    if (!memberships) return std::unexpected(memberships.error());
    SignedIn out{**session, **account, std::move(*memberships), {}};
    if (out.session.operator_id == 0) return out;
    auto support = records.accounts().find(out.session.operator_id);
    if (!support) return std::unexpected(support.error());
    if (!*support || !(*support)->is_operator || (*support)->is_suspended) return Found();
    out.support = std::move(**support);
    return out;
  });
  if (found && *found && now - (*found)->session.last_used_unix_seconds >= kSessionUseSeconds) {
    note_use((*found)->session);
  }
  return found;
}

// A database that cannot be written to now makes nobody signed out.
void Sessions::note_use(const SessionRecord& session) const {
  SessionRecord used = session;
  used.last_used_unix_seconds = ground_.now();
  used.idle_end_unix_seconds = ground_.now() + kSessionIdleSeconds;
  const Status written =
      ground_.store.write([&](Records& records) { return records.sessions().update(used); });
  if (!written) log::warning("session_use_not_kept", {{"reason", written.error().detail}});
}

Result<std::vector<SessionRecord>> Sessions::list(AccountId account) const {
  auto all = read(ground_.store, [&](Records& records) { return records.sessions().of(account); });
  if (!all) return all;
  std::erase_if(*all, [now = ground_.now()](const auto& one) { return has_ended(one, now); });
  return all;
}

Status Sessions::revoke(const Actor& actor, AccountId account, SessionId id) const {
  return ground_.store.write([&](Records& records) -> Status {
    const auto all = records.sessions().of(account);
    if (!all) return std::unexpected(all.error());
    if (std::ranges::find(*all, id, &SessionRecord::id) == all->end()) {
      return fail(Fault::not_found, fmt::format("there is no session {} of this account", id));
    }
    if (auto removed = records.sessions().remove(id); !removed) return removed;
    return note_account(ground_, records, actor, "account.end_session", account, {{"session", id}});
  });
}

Status Sessions::revoke_others(const Actor& actor, AccountId account, SessionId kept) const {
  return ground_.store.write([&](Records& records) -> Status {
    if (auto removed = records.sessions().remove_of(account, kept); !removed) return removed;
    return note_account(ground_, records, actor, "account.end_sessions", account);
  });
}

Status Sessions::forget_ended(const Now& now) const {
  return ground_.store.write([&](Records& records) -> Status {
    const int64_t at = now.unix_seconds;
    if (auto done = records.sessions().remove_ended(at); !done) return done;
    if (auto done = records.tokens().remove_ended(at); !done) return done;
    if (auto done = records.secrets().remove_ended(at); !done) return done;
    const auto forgotten = records.accounts().remove_unconfirmed_before(at - kUnconfirmedSeconds);
    if (!forgotten) return forgotten;
    return records.teams().remove_ended_invitations(at);
  });
}

}  // namespace cachery::control
