#include "control/sign_up.h"

#include "control/one_time_secret_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

Status check_person(const NewPerson& person) {
  if (auto checked = check_email(person.email); !checked) return checked;
  if (auto checked = check_line("name", person.name, kPersonNameBytesMax); !checked) return checked;
  return check_password(person.password, person.email);
}

std::string team_name_of(const AccountRecord& account) {
  const std::string name =
      account.name.empty() ? account.email.substr(0, account.email.find('@')) : account.name;
  return name.substr(0, kTeamNameBytesMax);
}

std::unexpected<Error> no_such_link() {
  return fail(Fault::not_found, "this link was used, is too old or is not whole: ask for another");
}

Result<SecretDigest> find_operator_link(Records& records, std::string_view secret, int64_t now) {
  const SecretDigest digest = digest_of(secret);
  const auto link = records.secrets().find(SecretPurpose::operator_link, digest);
  if (!link) return std::unexpected(link.error());
  if (!*link || (*link)->end_unix_seconds <= now) return no_such_link();
  return digest;
}

}  // namespace

Status SignUp::sign_up(const Client& client, const NewPerson& person) const {
  if (auto checked = check_person(person); !checked) return checked;
  if (ground_.sign_up_rule == SignUpRule::closed && person.invitation.empty()) {
    return fail(Fault::forbidden,
                "sign-up is closed here: ask the operator, or a team for an "
                "invitation");
  }
  const auto hash = ground_.hasher.hash(person.password);
  if (!hash) return std::unexpected(hash.error());
  return ground_.store.write(
      [&](Records& records) { return enter(records, client, person, *hash); });
}

Status SignUp::enter(Records& records, const Client& client, const NewPerson& person,
                     const std::string& password_hash) const {
  auto present = records.accounts().by_email(person.email);
  if (!present) return std::unexpected(present.error());
  if (*present && (*present)->is_confirmed) {
    return ground_.mails.enqueue(records, known_address_mail(ground_.links, person.email));
  }
  AccountRecord account;
  if (*present) {
    account = std::move(**present);
    account.password_hash = password_hash;
    account.name = person.name;
    if (auto updated = records.accounts().update(account); !updated) return updated;
  } else {
    auto inserted = insert(records, person, password_hash);
    if (!inserted) return std::unexpected(inserted.error());
    account = std::move(*inserted);
  }
  const Actor actor = actor_of(account, client);
  const auto noted = note_account(ground_, records, actor, "account.sign_up", account.id, {},
                                  {{"email", account.email}, {"name", account.name}});
  if (!noted) return noted;
  if (!person.invitation.empty()) {
    if (auto welcomed = welcome(records, actor, account); !welcomed) return welcomed;
    const auto joined = invitations_.accept(records, actor, account, person.invitation);
    if (!joined) return std::unexpected(joined.error());
    return {};
  }
  if (!ground_.mails.has_server()) return welcome(records, actor, account);
  return send_confirmation(records, account);
}

Result<AccountRecord> SignUp::insert(Records& records, const NewPerson& person,
                                     const std::string& password_hash) const {
  const auto id = records.next(kAccountIds);
  if (!id) return std::unexpected(id.error());
  AccountRecord account{.id = *id,
                        .email = person.email,
                        .name = person.name,
                        .password_hash = password_hash,
                        .created_unix_seconds = ground_.now()};
  if (auto inserted = records.accounts().insert(account); !inserted) {
    return std::unexpected(inserted.error());
  }
  return account;
}

// The address is taken as good, and the account gets a team of its own.
Status SignUp::welcome(Records& records, const Actor& actor, AccountRecord& account) const {
  account.is_confirmed = true;
  if (auto updated = records.accounts().update(account); !updated) return updated;
  const auto ended = records.secrets().remove_of(account.id, SecretPurpose::confirmation);
  if (!ended) return ended;
  const auto team = create_team(ground_, records, actor, team_name_of(account), account.id);
  if (!team) return std::unexpected(team.error());
  return note_account(ground_, records, actor, "account.confirm", account.id);
}

Status SignUp::send_confirmation(Records& records, const AccountRecord& account) const {
  const auto ended = records.secrets().remove_of(account.id, SecretPurpose::confirmation);
  if (!ended) return ended;
  const std::string secret = make_secret();
  const auto inserted =
      records.secrets().insert({.digest = digest_of(secret),
                                .purpose = SecretPurpose::confirmation,
                                .account = account.id,
                                .end_unix_seconds = ground_.now() + kConfirmationSeconds});
  if (!inserted) return inserted;
  return ground_.mails.enqueue(records, confirmation_mail(ground_.links, account.email, secret));
}

Result<AccountRecord> SignUp::confirm(const Client& client, std::string_view secret) const {
  return write(ground_.store, [&](Records& records) -> Result<AccountRecord> {
    const auto found = records.secrets().find(SecretPurpose::confirmation, digest_of(secret));
    if (!found) return std::unexpected(found.error());
    if (!*found || (*found)->end_unix_seconds <= ground_.now()) return no_such_link();
    auto account = find_account(records, (*found)->account);
    if (!account) return account;
    const auto done = welcome(records, actor_of(*account, client), *account);
    if (!done) return std::unexpected(done.error());
    return account;
  });
}

Result<std::string> SignUp::make_operator_link(const Actor& actor) const {
  return write(ground_.store, [&](Records& records) -> Result<std::string> {
    if (auto ended = records.secrets().remove_of(0, SecretPurpose::operator_link); !ended) {
      return std::unexpected(ended.error());
    }
    std::string secret = make_secret();
    const auto inserted =
        records.secrets().insert({.digest = digest_of(secret),
                                  .purpose = SecretPurpose::operator_link,
                                  .end_unix_seconds = ground_.now() + kOperatorLinkSeconds});
    if (!inserted) return std::unexpected(inserted.error());
    const auto noted = note_account(ground_, records, actor, "account.make_operator_link", 0);
    if (!noted) return std::unexpected(noted.error());
    return secret;
  });
}

Result<std::optional<std::string>> SignUp::first_operator_link() const {
  const auto count =
      read(ground_.store, [](Records& records) { return records.accounts().count_operators(); });
  if (!count) return std::unexpected(count.error());
  if (*count > 0) return std::optional<std::string>();
  auto secret = make_operator_link({.kind = ActorKind::job, .name = "start"});
  if (!secret) return std::unexpected(secret.error());
  return std::optional(std::move(*secret));
}

Result<AccountRecord> SignUp::use_operator_link(const Client& client, std::string_view secret,
                                                const NewPerson& person) const {
  if (auto checked = check_person(person); !checked) return std::unexpected(checked.error());
  // The link first: without one, nothing here tells whether a password is right.
  const auto known = read(ground_.store, [&](Records& records) {
    const auto link = find_operator_link(records, secret, ground_.now());
    if (!link) return Result<std::optional<AccountRecord>>(std::unexpected(link.error()));
    return records.accounts().by_email(person.email);
  });
  if (!known) return std::unexpected(known.error());
  const std::string known_hash = *known ? (*known)->password_hash : "";
  if (*known && !ground_.hasher.matches(known_hash, person.password)) {
    return fail(Fault::forbidden, "there is an account with this address, of another password");
  }
  const auto hash = ground_.hasher.hash(person.password);
  if (!hash) return std::unexpected(hash.error());
  return write(ground_.store, [&](Records& records) -> Result<AccountRecord> {
    const auto link = find_operator_link(records, secret, ground_.now());
    if (!link) return std::unexpected(link.error());
    if (auto used = records.secrets().remove(*link); !used) return std::unexpected(used.error());
    return make_operator(records, client, person, *hash, known_hash);
  });
}

// `known_hash` is of the account whose password was right; another one came in between.
Result<AccountRecord> SignUp::make_operator(Records& records, const Client& client,
                                            const NewPerson& person,
                                            const std::string& password_hash,
                                            const std::string& known_hash) const {
  auto present = records.accounts().by_email(person.email);
  if (!present) return std::unexpected(present.error());
  if ((*present ? (*present)->password_hash : "") != known_hash) {
    return fail(Fault::conflict, "the account was changed meanwhile: try again");
  }
  auto account = *present ? Result<AccountRecord>(std::move(**present))
                          : insert(records, person, password_hash);
  if (!account) return account;
  const Actor actor = actor_of(*account, client);
  account->is_operator = true;
  account->is_suspended = false;
  const auto done = account->is_confirmed ? records.accounts().update(*account)
                                          : welcome(records, actor, *account);
  if (!done) return std::unexpected(done.error());
  const auto noted = note_account(ground_, records, actor, "account.become_operator", account->id,
                                  {}, {{"email", account->email}, {"operator", true}});
  if (!noted) return std::unexpected(noted.error());
  return account;
}

}  // namespace cachery::control
