#include "control/accounts_password.h"

#include "control/one_time_secret_records.h"
#include "control/token_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

std::unexpected<Error> no_such_link() {
  return fail(Fault::not_found, "this link was used, is too old or is not whole: ask for another");
}

Result<AccountRecord> find_by_link(Records& records, std::string_view secret, int64_t now) {
  const auto found = records.secrets().find(SecretPurpose::reset, digest_of(secret));
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->end_unix_seconds <= now) return no_such_link();
  return find_account(records, (*found)->account);
}

Result<size_t> end_tokens(Records& records, AccountId account) {
  const auto tokens = records.tokens().of(account);
  if (!tokens) return std::unexpected(tokens.error());
  if (auto removed = records.tokens().remove_of(account); !removed) {
    return std::unexpected(removed.error());
  }
  return tokens->size();
}

}  // namespace

Status AccountsPassword::change(const Actor& actor, const SessionRecord& session,
                                std::string_view present, std::string_view wanted,
                                TokensToo tokens) const {
  const auto account =
      read(ground_.store, [&](Records& records) { return find_account(records, session.account); });
  if (!account) return std::unexpected(account.error());
  if (auto checked = check_password(wanted, account->email); !checked) return checked;
  if (!ground_.hasher.matches(account->password_hash, present)) {
    return fail(Fault::forbidden, "this is not the present password");
  }
  const auto hash = ground_.hasher.hash(wanted);
  if (!hash) return std::unexpected(hash.error());
  return ground_.store.write([&](Records& records) -> Status {
    auto fresh = find_account(records, account->id);
    if (!fresh) return std::unexpected(fresh.error());
    if (fresh->password_hash != account->password_hash) {
      return fail(Fault::conflict, "the password was changed meanwhile: try again");
    }
    const auto ended = put_in_force(records, std::move(*fresh), *hash, session.id, tokens);
    if (!ended) return std::unexpected(ended.error());
    return note_account(ground_, records, actor, "account.change_password", account->id, {},
                        {{"password", "changed"}, {"ended_tokens", *ended}});
  });
}

Status AccountsPassword::request_reset(std::string_view email) const {
  if (auto checked = check_email(email); !checked) return checked;
  return ground_.store.write(
      [&](Records& records) { return records.secrets().insert_reset_request(email); });
}

Status AccountsPassword::answer_reset_requests(const Now&) const {
  return ground_.store.write([&](Records& records) -> Status {
    const auto emails = records.secrets().take_reset_requests();
    if (!emails) return std::unexpected(emails.error());
    for (const std::string& email : *emails) {
      if (auto sent = send_reset(records, email); !sent) return sent;
    }
    return {};
  });
}

// A suspended account gets none: its password is not what keeps it out.
Status AccountsPassword::send_reset(Records& records, std::string_view email) const {
  const auto account = records.accounts().by_email(email);
  if (!account) return std::unexpected(account.error());
  if (!*account || (*account)->is_suspended) return {};
  const std::string secret = make_secret();
  const auto queued = ground_.mails.enqueue(
      records, reset_mail(ground_.links, (*account)->email, secret), {.kind = MailKind::reset});
  if (!queued) return std::unexpected(queued.error());
  // The link that was mailed before stays good.
  return *queued == Queued::yes ? replace_link(records, (*account)->id, secret) : Status();
}

// Ends older links.
Status AccountsPassword::replace_link(Records& records, AccountId id,
                                      std::string_view secret) const {
  if (auto ended = records.secrets().remove_of(id, SecretPurpose::reset); !ended) return ended;
  return records.secrets().insert({.digest = digest_of(secret),
                                   .purpose = SecretPurpose::reset,
                                   .account = id,
                                   .end_unix_seconds = ground_.now() + kResetSeconds});
}

Result<std::string> AccountsPassword::make_reset_link(const Actor& actor, AccountId id) const {
  return write(ground_.store, [&](Records& records) -> Result<std::string> {
    const auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    if (account->is_suspended) {
      return fail(Fault::conflict, "this account is suspended: unsuspend it first");
    }
    std::string secret = make_secret();
    if (auto done = replace_link(records, id, secret); !done) return std::unexpected(done.error());
    const auto noted = note_account(ground_, records, actor, "account.make_reset_link", id);
    if (!noted) return std::unexpected(noted.error());
    return secret;
  });
}

Status AccountsPassword::reset(const Client& client, std::string_view secret,
                               std::string_view wanted) const {
  // The link first: hashing is dear, and for those only who have one.
  const auto known = read(ground_.store, [&](Records& records) {
    return find_by_link(records, secret, ground_.now());
  });
  if (!known) return std::unexpected(known.error());
  if (auto checked = check_password(wanted, known->email); !checked) return checked;
  const auto hash = ground_.hasher.hash(wanted);
  if (!hash) return std::unexpected(hash.error());
  return ground_.store.write([&](Records& records) -> Status {
    auto account = find_by_link(records, secret, ground_.now());
    if (!account) return std::unexpected(account.error());
    const Actor actor = actor_of(*account, client);
    const auto ended = put_in_force(records, std::move(*account), *hash, 0, TokensToo::yes);
    if (!ended) return std::unexpected(ended.error());
    return note_account(ground_, records, actor, "account.reset_password", actor.id, {},
                        {{"password", "changed"}, {"ended_tokens", *ended}});
  });
}

Result<size_t> AccountsPassword::put_in_force(Records& records, AccountRecord account,
                                              const std::string& hash, SessionId kept,
                                              TokensToo tokens) const {
  account.password_hash = hash;
  if (auto updated = records.accounts().update(account); !updated) {
    return std::unexpected(updated.error());
  }
  if (auto ended = records.sessions().remove_of(account.id, kept); !ended) {
    return std::unexpected(ended.error());
  }
  // A confirmation would put another password in force.
  for (const SecretPurpose purpose :
       {SecretPurpose::reset, SecretPurpose::challenge, SecretPurpose::confirmation}) {
    if (auto ended = records.secrets().remove_of(account.id, purpose); !ended) {
      return std::unexpected(ended.error());
    }
  }
  const auto ended =
      tokens == TokensToo::yes ? end_tokens(records, account.id) : Result<size_t>(size_t{0});
  if (!ended) return ended;
  const Mail mail = password_mail(ground_.links, account.email, *ended);
  const auto queued = ground_.mails.enqueue(records, mail, {.kind = MailKind::security});
  if (!queued) return std::unexpected(queued.error());
  return ended;
}

}  // namespace cachery::control
