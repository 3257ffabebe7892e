#include "control/sign_up.h"

#include <algorithm>

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

std::unexpected<Error> which_sign_up() {
  return fail(Fault::conflict,
              "somebody signed up with this address more than once: give the \"password\" that you "
              "chose, so that no other one comes in force");
}

Result<Confirmation> find_confirmation(Records& records, std::string_view secret, int64_t now) {
  const auto found = records.secrets().find(SecretPurpose::confirmation, digest_of(secret));
  if (!found) return std::unexpected(found.error());
  if (!*found || (*found)->end_unix_seconds <= now) return no_such_link();
  const auto waiting = records.secrets().of((*found)->account, SecretPurpose::confirmation);
  if (!waiting) return std::unexpected(waiting.error());
  const bool has_other = std::ranges::any_of(*waiting, [&](const OneTimeSecretRecord& other) {
    return other.end_unix_seconds > now && other.password_hash != (*found)->password_hash;
  });
  Confirmation out{**found, has_other};
  if (!out.link.password_hash.empty()) return out;
  const auto account = find_account(records, out.link.account);
  if (!account) return std::unexpected(account.error());
  out.link.password_hash = account->password_hash;
  out.link.person_name = account->name;
  return out;
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
    const auto queued =
        ground_.mails.enqueue(records, known_address_mail(ground_.links, person.email),
                              {.kind = MailKind::known_address});
    if (!queued) return std::unexpected(queued.error());
    return {};
  }
  auto found = *present ? Result<AccountRecord>(std::move(**present))
                        : insert(records, person, password_hash);
  if (!found) return std::unexpected(found.error());
  AccountRecord account = std::move(*found);
  const Actor actor = actor_of(account, client);
  const auto noted = note_account(ground_, records, actor, "account.sign_up", account.id, {},
                                  {{"email", account.email}, {"name", person.name}});
  if (!noted) return noted;
  const bool is_invited = !person.invitation.empty();
  if (!is_invited && ground_.mails.has_server()) {
    return send_confirmation(records, account, password_hash, person.name,
                             MailKind::confirmation);
  }
  account.password_hash = password_hash;
  account.name = person.name;
  if (is_invited) {
    if (auto welcomed = welcome(records, actor, account); !welcomed) return welcomed;
    const auto joined = invitations_.accept(records, actor, account, person.invitation);
    if (!joined) return std::unexpected(joined.error());
    return {};
  }
  return welcome(records, actor, account);
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

Status SignUp::resend_confirmation(Records& records, const AccountRecord& account) const {
  return send_confirmation(records, account, account.password_hash, account.name,
                           MailKind::confirmation_again);
}

Status SignUp::send_confirmation(Records& records, const AccountRecord& account,
                                 const std::string& password_hash, const std::string& name,
                                 MailKind kind) const {
  const std::string secret = make_secret();
  const auto queued = ground_.mails.enqueue(
      records, confirmation_mail(ground_.links, account.email, secret), {.kind = kind});
  if (!queued) return std::unexpected(queued.error());
  // The link that was mailed before stays good.
  if (*queued == Queued::no) return {};
  const auto waiting = records.secrets().of(account.id, SecretPurpose::confirmation);
  if (!waiting) return std::unexpected(waiting.error());
  for (const OneTimeSecretRecord& link : *waiting) {
    if (link.password_hash != password_hash) continue;
    if (auto ended = records.secrets().remove(link.digest); !ended) return ended;
  }
  return records.secrets().insert({.digest = digest_of(secret),
                                   .purpose = SecretPurpose::confirmation,
                                   .account = account.id,
                                   .end_unix_seconds = ground_.now() + kConfirmationSeconds,
                                   .password_hash = password_hash,
                                   .person_name = name});
}

Result<AccountRecord> SignUp::confirm(const Client& client, std::string_view secret,
                                      std::string_view password) const {
  const auto known = read(ground_.store, [&](Records& records) {
    return find_confirmation(records, secret, ground_.now());
  });
  if (!known) return std::unexpected(known.error());
  if (auto mine = check_password_of(*known, password); !mine) return std::unexpected(mine.error());
  return write(ground_.store, [&](Records& records) -> Result<AccountRecord> {
    const auto found = find_confirmation(records, secret, ground_.now());
    if (!found) return std::unexpected(found.error());
    // Another sign-up may have come in between.
    if (found->is_one_of_several && password.empty()) return which_sign_up();
    auto account = find_account(records, found->link.account);
    if (!account) return account;
    account->password_hash = found->link.password_hash;
    account->name = found->link.person_name;
    const auto done = welcome(records, actor_of(*account, client), *account);
    if (!done) return std::unexpected(done.error());
    return account;
  });
}

Status SignUp::check_password_of(const Confirmation& found, std::string_view password) const {
  if (password.empty()) return found.is_one_of_several ? Status(which_sign_up()) : Status();
  if (ground_.hasher.matches(found.link.password_hash, password)) return {};
  return fail(Fault::forbidden,
              "this link is for another sign-up with your address, which had another password: "
              "open the link of the other mail, or sign up again");
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
  // Of an account that nobody has confirmed, anybody may have chosen the password.
  const bool has_owner = *known && (*known)->is_confirmed;
  if (has_owner && !ground_.hasher.matches(known_hash, person.password)) {
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
  if (!account->is_confirmed) account->password_hash = password_hash;
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
