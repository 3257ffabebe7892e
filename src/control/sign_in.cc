#include "control/sign_in.h"

#include "base/log.h"
#include "control/one_time_secret_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

std::unexpected<Error> wrong_password() {
  return fail(Fault::unauthorized, "this address and this password do not belong together");
}

Status check_not_suspended(const AccountRecord& account) {
  if (!account.is_suspended) return {};
  return fail(Fault::forbidden, "this account is suspended: ask the operator of this service");
}

// Not what was typed as the e-mail address: people type passwords there.
void tell_failed(const Client& client) {
  if (!log::is_first(log::Level::warning, "sign_in_failed", {})) return;
  log::warning("sign_in_failed", {{"address", client.address}});
}

}  // namespace

Result<SignInStep> SignIn::begin(const Client& client, const EmailAndPassword& given) const {
  const auto found = read(
      ground_.store, [&](Records& records) { return records.accounts().by_email(given.email); });
  if (!found) return std::unexpected(found.error());
  const std::string hash = *found ? (*found)->password_hash : "";
  if (!ground_.hasher.matches(hash, given.password)) {
    tell_failed(client);
    return wrong_password();
  }
  if (auto allowed = check_not_suspended(**found); !allowed) {
    return std::unexpected(allowed.error());
  }
  if (!(*found)->is_confirmed) {
    if (auto sent = resend_confirmation((*found)->id); !sent) return std::unexpected(sent.error());
    return fail(Fault::forbidden,
                "confirm your address first: the link to do so is in the mail, a new one "
                "every six hours");
  }
  return write(ground_.store,
               [&](Records& records) { return admit(records, client, (*found)->id, hash); });
}

// The password was right for `matched_hash`: if it was changed meanwhile, it is right no more.
Result<SignInStep> SignIn::admit(Records& records, const Client& client, AccountId id,
                                 std::string_view matched_hash) const {
  auto account = find_account(records, id);
  if (!account) return std::unexpected(account.error());
  if (account->password_hash != matched_hash) return wrong_password();
  if (auto allowed = check_not_suspended(*account); !allowed) {
    return std::unexpected(allowed.error());
  }
  if (!account->has_second_factor) {
    auto session = open(records, client, std::move(*account));
    if (!session) return std::unexpected(session.error());
    return SignInStep{.session = std::move(*session)};
  }
  SignInStep step{.challenge = make_secret()};
  const auto inserted =
      records.secrets().insert({.digest = digest_of(step.challenge),
                                .purpose = SecretPurpose::challenge,
                                .account = id,
                                .tries_left = kChallengeTries,
                                .end_unix_seconds = ground_.now() + kChallengeSeconds});
  if (!inserted) return std::unexpected(inserted.error());
  return step;
}

Result<NewSession> SignIn::open(Records& records, const Client& client,
                                AccountRecord account) const {
  account.last_sign_in_unix_seconds = ground_.now();
  if (auto updated = records.accounts().update(account); !updated) {
    return std::unexpected(updated.error());
  }
  auto session = sessions_.start(records, account, client);
  if (!session) return session;
  const auto noted = note_account(ground_, records, actor_of(account, client), "account.sign_in",
                                  account.id, {}, {{"session", session->session.id}});
  if (!noted) return std::unexpected(noted.error());
  return session;
}

Status SignIn::resend_confirmation(AccountId id) const {
  return ground_.store.write([&](Records& records) -> Status {
    const auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    return sign_up_.resend_confirmation(records, *account);
  });
}

Result<AccountId> SignIn::challenged_account(std::string_view challenge) const {
  return read(ground_.store, [&](Records& records) -> Result<AccountId> {
    const auto found = records.secrets().find(SecretPurpose::challenge, digest_of(challenge));
    if (!found) return std::unexpected(found.error());
    return *found ? (*found)->account : AccountId{0};
  });
}

Result<NewSession> SignIn::finish(const Client& client, std::string_view challenge,
                                  std::string_view code) const {
  auto session = write(ground_.store,
                       [&](Records& records) { return answer(records, client, challenge, code); });
  if (!session) return std::unexpected(session.error());
  if (*session) return std::move(**session);
  tell_failed(client);
  return fail(Fault::unauthorized,
              "this code is wrong, was used, or came too late: after five "
              "minutes or five wrong codes sign in anew");
}

// Nothing: refused, which is kept, for it costs the challenge a try.
Result<std::optional<NewSession>> SignIn::answer(Records& records, const Client& client,
                                                 std::string_view challenge,
                                                 std::string_view code) const {
  using Answer = std::optional<NewSession>;
  const SecretDigest digest = digest_of(challenge);
  const auto found = records.secrets().find(SecretPurpose::challenge, digest);
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->end_unix_seconds <= ground_.now() || (*found)->tries_left <= 0) {
    return Answer();
  }
  const auto account = find_account(records, (*found)->account);
  if (!account) return std::unexpected(account.error());
  if (auto allowed = check_not_suspended(*account); !allowed) {
    return std::unexpected(allowed.error());
  }
  const auto is_right = account->has_second_factor ? second_factor_.take(records, *account, code)
                                                   : Result<bool>(true);
  if (!is_right) return std::unexpected(is_right.error());
  if (!*is_right) {
    const auto counted = records.secrets().set_tries_left(digest, (*found)->tries_left - 1);
    if (!counted) return std::unexpected(counted.error());
    return Answer();
  }
  if (auto used = records.secrets().remove(digest); !used) return std::unexpected(used.error());
  // Read again: the code's step is in it now.
  auto fresh = find_account(records, account->id);
  if (!fresh) return std::unexpected(fresh.error());
  auto session = open(records, client, std::move(*fresh));
  if (!session) return std::unexpected(session.error());
  return Answer(std::move(*session));
}

Status SignIn::sign_out(const Actor& actor, const SessionRecord& session) const {
  return ground_.store.write([&](Records& records) -> Status {
    if (auto removed = records.sessions().remove(session.id); !removed) return removed;
    return note_account(ground_, records, actor, "account.sign_out", session.account,
                        {{"session", session.id}});
  });
}

}  // namespace cachery::control
