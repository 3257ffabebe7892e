#include "control/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/accounts_fixture.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct AccountsTest : testing::Test, AccountsFixture {
  Fault sign_in_fault(const std::string& email, const std::string& password) {
    const auto step = accounts.sign_in.begin(client, {email, password});
    EXPECT_FALSE(step.has_value());
    return step ? Fault::internal : step.error().fault;
  }
  bool is_alive(const NewSession& session) {
    return accounts.sessions.find(session.secret).value().has_value();
  }
};

TEST_F(AccountsTest, AnAccountIsOfUseOnceItsAddressHasAnswered) {
  ASSERT_TRUE(accounts.sign_up.sign_up(
      client, {.email = "Ann@example.org", .password = kPassword, .name = "Ann"}));
  EXPECT_EQ(sign_in_fault("ann@example.org", kPassword), Fault::forbidden);
  const std::string secret = mailed_secret("Ann@example.org");
  const auto account = accounts.sign_up.confirm(client, secret);
  ASSERT_TRUE(account.has_value()) << account.error().detail;
  EXPECT_TRUE(account->is_confirmed);
  EXPECT_EQ(accounts.sign_up.confirm(client, secret).error().fault, Fault::not_found);
  EXPECT_EQ(sign_in("ANN@example.org").account.id, account->id);
  const auto teams = accounts.teams.list(caller(*account));
  ASSERT_EQ(teams->size(), 1u);
  EXPECT_EQ(teams->front().team.name, "Ann");
  EXPECT_EQ(teams->front().role, Role::owner);
}

TEST_F(AccountsTest, SigningUpTellsOnlyTheMailboxThatThereIsAnAccount) {
  make_account("ann@example.org");
  EXPECT_TRUE(accounts.sign_up.sign_up(
      client, {.email = "ann@example.org", .password = "another password"}));
  ASSERT_TRUE(mails.deliver_due(clock.now()).has_value());
  EXPECT_THAT(mail_server.mails.back().subject, HasSubstr("have an account already"));
  EXPECT_EQ(sign_in_fault("ann@example.org", "another password"), Fault::unauthorized);
}

TEST_F(AccountsTest, ALinkPutsThePasswordOfItsOwnSignUpInForce) {
  ASSERT_TRUE(accounts.sign_up.sign_up(
      client, {.email = "ann@example.org", .password = kPassword, .name = "Ann"}));
  const std::string own = mailed_secret("ann@example.org");
  ASSERT_TRUE(accounts.sign_up.sign_up(
      client, {.email = "ann@example.org", .password = "of somebody else", .name = "Eve"}));
  const std::string strangers = mailed_secret("ann@example.org");
  const auto account = accounts.sign_up.confirm(client, own, kPassword);
  ASSERT_TRUE(account.has_value()) << account.error().detail;
  EXPECT_EQ(account->name, "Ann");
  EXPECT_EQ(sign_in_fault("ann@example.org", "of somebody else"), Fault::unauthorized);
  sign_in("ann@example.org");
  EXPECT_EQ(accounts.sign_up.confirm(client, strangers, "of somebody else").error().fault,
            Fault::not_found);
}

TEST_F(AccountsTest, AStrangersLinkThatIsOpenedByMistakeIsNotPutInForce) {
  ASSERT_TRUE(accounts.sign_up.sign_up(
      client, {.email = "ann@example.org", .password = "of somebody else"}));
  const std::string strangers = mailed_secret("ann@example.org");
  ASSERT_TRUE(
      accounts.sign_up.sign_up(client, {.email = "ann@example.org", .password = kPassword}));
  const std::string own = mailed_secret("ann@example.org");
  EXPECT_EQ(accounts.sign_up.confirm(client, strangers).error().fault, Fault::conflict);
  EXPECT_EQ(accounts.sign_up.confirm(client, strangers, kPassword).error().fault, Fault::forbidden);
  EXPECT_EQ(accounts.sign_up.confirm(client, own).error().fault, Fault::conflict);
  EXPECT_TRUE(accounts.sign_up.confirm(client, own, kPassword).has_value());
  sign_in("ann@example.org");
}

TEST_F(AccountsTest, SigningInBeforeConfirmingReplacesTheLinkOfThatPasswordAlone) {
  ASSERT_TRUE(
      accounts.sign_up.sign_up(client, {.email = "ann@example.org", .password = kPassword}));
  const std::string first = mailed_secret("ann@example.org");
  EXPECT_EQ(sign_in_fault("ann@example.org", kPassword), Fault::forbidden);
  const std::string second = mailed_secret("ann@example.org");
  EXPECT_EQ(accounts.sign_up.confirm(client, first).error().fault, Fault::not_found);
  EXPECT_TRUE(accounts.sign_up.confirm(client, second).has_value());
}

TEST_F(AccountsTest, AStrangersOldSignUpTakesNoPendingOneAlongWhenItIsForgotten) {
  ASSERT_TRUE(accounts.sign_up.sign_up(
      client, {.email = "ann@example.org", .password = "of somebody else"}));
  clock.advance_seconds(kUnconfirmedSeconds - 60);
  ASSERT_TRUE(
      accounts.sign_up.sign_up(client, {.email = "ann@example.org", .password = kPassword}));
  const std::string own = mailed_secret("ann@example.org");
  clock.advance_seconds(3600);
  ASSERT_TRUE(accounts.sessions.forget_ended(clock.now()).has_value());
  ASSERT_TRUE(accounts.sign_up.confirm(client, own).has_value());
  sign_in("ann@example.org");
  ASSERT_TRUE(
      accounts.sign_up.sign_up(client, {.email = "bob@example.org", .password = kPassword}));
  clock.advance_seconds(kUnconfirmedSeconds + 1);
  ASSERT_TRUE(accounts.sessions.forget_ended(clock.now()).has_value());
  EXPECT_EQ(accounts.accounts.list({})->accounts.size(), 1u);
}

TEST_F(AccountsTest, NobodyKeepsAnOperatorFromAnAddressBySigningUpWithIt) {
  const auto link = accounts.sign_up.first_operator_link().value();
  ASSERT_TRUE(accounts.sign_up.sign_up(
      client, {.email = "op@example.org", .password = "of somebody else"}));
  const auto made = accounts.sign_up.use_operator_link(
      client, *link, {.email = "op@example.org", .password = kPassword});
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  EXPECT_EQ(sign_in_fault("op@example.org", "of somebody else"), Fault::unauthorized);
  EXPECT_EQ(accounts.sign_up.confirm(client, mailed_secret("op@example.org")).error().fault,
            Fault::not_found);
  sign_in("op@example.org");
}

TEST_F(AccountsTest, AWrongPasswordAndAnUnknownAddressGetOneAnswer) {
  make_account("ann@example.org");
  const auto wrong = accounts.sign_in.begin(client, {"ann@example.org", "not the password"});
  const auto unknown = accounts.sign_in.begin(client, {"bob@example.org", "not the password"});
  EXPECT_EQ(wrong.error().fault, Fault::unauthorized);
  EXPECT_EQ(wrong.error().detail, unknown.error().detail);
}

TEST_F(AccountsTest, BadAddressesPasswordsAndNamesAreRefusedBeforeAnythingIsKept) {
  for (const char* email : {"", "ann", "@example.org", "ann@", "a b@example.org",
                            "ann@ex_ample.org", "ann@example.org\r\nBcc: x@example.org",
                            "ann@example..org", "<ann@example.org>", "a,b@example.org"}) {
    const auto done = accounts.sign_up.sign_up(client, {.email = email, .password = kPassword});
    EXPECT_EQ(done.error().fault, Fault::invalid) << email;
  }
  for (const std::string& password :
       {std::string(), std::string("short"), std::string("aaaaaaaaaaaa"),
        std::string("Ann@Example.org"), std::string(kPasswordBytesMax + 1, 'x') + "y"}) {
    const auto done =
        accounts.sign_up.sign_up(client, {.email = "ann@example.org", .password = password});
    EXPECT_EQ(done.error().fault, Fault::invalid) << password.substr(0, 20);
  }
  EXPECT_THAT(accounts.accounts.list({})->accounts, IsEmpty());
}

TEST_F(AccountsTest, AClosedSignUpLetsTheInvitedInAlone) {
  AccountsFixture closed(SignUpRule::closed);
  const NewPerson person{.email = "bob@example.org", .password = kPassword};
  EXPECT_EQ(closed.accounts.sign_up.sign_up(client, person).error().fault, Fault::forbidden);
  const std::string link = closed.accounts.sign_up.first_operator_link().value().value();
  const auto ann = closed.accounts.sign_up.use_operator_link(
      client, link, {.email = "ann@example.org", .password = kPassword});
  ASSERT_TRUE(ann.has_value()) << ann.error().detail;
  const TeamId team = closed.accounts.teams.list(closed.caller(*ann))->front().team.id;
  ASSERT_TRUE(closed.accounts.invitations.invite(closed.caller(*ann), team, "bob@example.org",
                                                 Role::member));
  NewPerson invited = person;
  invited.invitation = closed.mailed_secret("bob@example.org");
  ASSERT_TRUE(closed.accounts.sign_up.sign_up(client, invited).has_value());
  const NewSession bob = closed.sign_in("bob@example.org");
  EXPECT_EQ(closed.accounts.teams.list(closed.caller(bob.account))->size(), 2u);
}

TEST_F(AccountsTest, TheFirstOperatorsLinkWorksOnceAndIsOfferedUntilThereIsOne) {
  const auto first = accounts.sign_up.first_operator_link().value();
  const auto second = accounts.sign_up.first_operator_link().value();
  const NewPerson person{.email = "op@example.org", .password = kPassword};
  EXPECT_EQ(accounts.sign_up.use_operator_link(client, *first, person).error().fault,
            Fault::not_found);
  const auto account = accounts.sign_up.use_operator_link(client, *second, person);
  ASSERT_TRUE(account.has_value()) << account.error().detail;
  EXPECT_TRUE(account->is_operator);
  EXPECT_EQ(accounts.sign_up.use_operator_link(client, *second, person).error().fault,
            Fault::not_found);
  EXPECT_FALSE(accounts.sign_up.first_operator_link().value().has_value());
}

TEST_F(AccountsTest, ASessionSlidesWithUseAndEndsAllTheSame) {
  make_account("ann@example.org");
  const NewSession session = sign_in("ann@example.org");
  clock.advance_seconds(kSessionIdleSeconds - 1);
  EXPECT_TRUE(is_alive(session));
  clock.advance_seconds(kSessionIdleSeconds - 1);
  EXPECT_TRUE(is_alive(session));
  clock.advance_seconds(kSessionIdleSeconds);
  EXPECT_FALSE(is_alive(session));
  const NewSession used = sign_in("ann@example.org");
  for (int64_t age = 0; age < kSessionSeconds - 86'400; age += 86'400) {
    clock.advance_seconds(86'400);
    ASSERT_TRUE(is_alive(used)) << age;
  }
  clock.advance_seconds(86'400);
  EXPECT_FALSE(is_alive(used));
}

TEST_F(AccountsTest, SessionsAreListedAndRevokedByTheirAccountAlone) {
  const AccountRecord ann = make_account("ann@example.org");
  const AccountRecord bob = make_account("bob@example.org");
  const NewSession first = sign_in("ann@example.org");
  const NewSession second = sign_in("ann@example.org");
  EXPECT_EQ(accounts.sessions.list(ann.id)->size(), 2u);
  const auto foreign = accounts.sessions.revoke(actor_of(bob, client), bob.id, first.session.id);
  EXPECT_EQ(foreign.error().fault, Fault::not_found);
  ASSERT_TRUE(accounts.sessions.revoke(actor_of(ann, client), ann.id, first.session.id));
  EXPECT_FALSE(is_alive(first));
  EXPECT_TRUE(is_alive(second));
  EXPECT_NE(csrf_token_of(first.secret), csrf_token_of(second.secret));
}

TEST_F(AccountsTest, ANewPasswordEndsAllSessionsButTheOneThatChangedIt) {
  const AccountRecord ann = make_account("ann@example.org");
  const NewSession other = sign_in("ann@example.org");
  const NewSession own = sign_in("ann@example.org");
  const Actor herself = actor_of(ann, client);
  EXPECT_EQ(accounts.password
                .change(herself, own.session, "not the password", "a new password", TokensToo::no)
                .error()
                .fault,
            Fault::forbidden);
  ASSERT_TRUE(
      accounts.password.change(herself, own.session, kPassword, "a new password", TokensToo::no));
  EXPECT_FALSE(is_alive(other));
  EXPECT_TRUE(is_alive(own));
  EXPECT_EQ(sign_in_fault("ann@example.org", kPassword), Fault::unauthorized);
  sign_in("ann@example.org", "a new password");
}

TEST_F(AccountsTest, AForgottenPasswordIsReplacedByALinkOnceAndWithinAnHour) {
  make_account("ann@example.org");
  const NewSession session = sign_in("ann@example.org");
  const size_t mails_before = mail_server.mails.size();
  ASSERT_TRUE(accounts.password.request_reset("nobody@example.org").has_value());
  ASSERT_TRUE(accounts.password.request_reset("ANN@example.org").has_value());
  const std::string secret = mailed_secret("ann@example.org");
  EXPECT_EQ(mail_server.mails.size(), mails_before + 1);
  EXPECT_EQ(accounts.password.reset(client, secret, "short").error().fault, Fault::invalid);
  ASSERT_TRUE(accounts.password.reset(client, secret, "a new password").has_value());
  EXPECT_FALSE(is_alive(session));
  sign_in("ann@example.org", "a new password");
  EXPECT_EQ(accounts.password.reset(client, secret, "and another one").error().fault,
            Fault::not_found);
  ASSERT_TRUE(accounts.password.request_reset("ann@example.org").has_value());
  const std::string late = mailed_secret("ann@example.org");
  clock.advance_seconds(kResetSeconds);
  EXPECT_EQ(accounts.password.reset(client, late, "and another one").error().fault,
            Fault::not_found);
}

TEST_F(AccountsTest, ASuspendedAccountIsOutByEveryWayUntilItIsUnsuspended) {
  const AccountRecord ann = make_account("ann@example.org");
  const NewSession session = sign_in("ann@example.org");
  const auto token = accounts.tokens.create(actor_of(ann, client), ann.id, {.name = "script"});
  const Actor boss{.kind = ActorKind::operator_token};
  ASSERT_TRUE(accounts.accounts.suspend(boss, ann.id, CachesToo::yes).has_value());
  EXPECT_FALSE(is_alive(session));
  EXPECT_FALSE(accounts.tokens.find(token->secret).value().has_value());
  EXPECT_EQ(sign_in_fault("ann@example.org", kPassword), Fault::forbidden);
  EXPECT_TRUE(accounts.teams.list(caller(ann))->front().team.is_suspended);
  ASSERT_TRUE(accounts.accounts.unsuspend(boss, ann.id).has_value());
  EXPECT_FALSE(accounts.teams.list(caller(ann))->front().team.is_suspended);
  EXPECT_TRUE(accounts.tokens.find(token->secret).value().has_value());
  sign_in("ann@example.org");
}

TEST_F(AccountsTest, ASuspendedPersonsSingleSignOnAddressesOpenNothing) {
  const AccountRecord ann = make_account("ann@example.org");
  const AccountRecord bob = make_account("bob@example.org");
  const TeamId team = accounts.teams.list(caller(ann))->front().team.id;
  const CacheDetails shop = caches.create(actor, {"shop", {.plan = "dev"}, team}).value();
  const CacheDetails of_bob =
      caches
          .create(actor,
                  {"his", {.plan = "dev"}, accounts.teams.list(caller(bob))->front().team.id})
          .value();
  const auto session = links.begin(shop.cache.id, shop.link_secret).value();
  ASSERT_TRUE(accounts.accounts.suspend(actor, ann.id, CachesToo::no).has_value());
  EXPECT_EQ(links.begin(shop.cache.id, shop.link_secret).error().fault, Fault::not_found);
  EXPECT_EQ(links.check(session.token).error().fault, Fault::unauthorized);
  EXPECT_TRUE(links.begin(of_bob.cache.id, of_bob.link_secret).has_value());
  EXPECT_NE(caches.find("shop")->link_secret, "");
  EXPECT_THAT(people_audit.list({.action = "account.suspend"})->rows.at(0).after,
              HasSubstr("\"renewed_addresses\":1"));
}

TEST_F(AccountsTest, ACredentialMakesNothingNewWhileAllOwnersOfItsTeamAreSuspended) {
  const AccountRecord ann = make_account("ann@example.org");
  const AccountRecord bob = make_account("bob@example.org");
  const TeamId team = accounts.teams.list(caller(ann))->front().team.id;
  const CacheDetails shop = caches.create(actor, {"shop", {.plan = "dev"}, team}).value();
  const CacheId cache = shop.cache.id;
  const CredentialId own = shop.primary().record.id;
  for (const ActorKind kind : {ActorKind::credential, ActorKind::link}) {
    const CredentialCaller bearer{.actor = {.kind = kind, .id = own}};
    ASSERT_TRUE(accounts.accounts.suspend(actor, ann.id, CachesToo::no).has_value());
    EXPECT_EQ(credentials.create(bearer, cache, {}).error().fault, Fault::forbidden);
    EXPECT_EQ(credentials.update(bearer, cache, own, {.flush = false}).error().fault,
              Fault::forbidden);
    EXPECT_EQ(credentials.promote(bearer, cache, own).error().fault, Fault::forbidden);
    EXPECT_EQ(links.rotate(bearer.actor, cache).error().fault, Fault::forbidden);
    EXPECT_TRUE(credentials.create({actor}, cache, {}).has_value()) << "an operator";
    ASSERT_TRUE(accounts.accounts.unsuspend(actor, ann.id).has_value());
    EXPECT_TRUE(credentials.create(bearer, cache, {}).has_value());
  }
  // Where another owner is left, somebody answers for it.
  ASSERT_TRUE(accounts.invitations.invite(caller(ann), team, "bob@example.org", Role::owner));
  ASSERT_TRUE(
      accounts.invitations.accept(actor_of(bob, client), bob.id, mailed_secret("bob@example.org")));
  ASSERT_TRUE(accounts.accounts.suspend(actor, ann.id, CachesToo::no).has_value());
  const CredentialCaller bearer{.actor = {.kind = ActorKind::credential, .id = own}};
  EXPECT_TRUE(credentials.create(bearer, cache, {}).has_value());
}

TEST_F(AccountsTest, SupportActsAsAnotherForAnHourAndTheAuditNamesBoth) {
  const AccountRecord ann = make_account("ann@example.org");
  const AccountRecord boss = make_account("boss@example.org");
  const Actor token{.kind = ActorKind::operator_token};
  EXPECT_EQ(accounts.accounts.sign_in_as_support(token, client, ann.id).error().fault,
            Fault::forbidden);
  ASSERT_TRUE(accounts.accounts.set_operator(token, boss.id, true).has_value());
  const Actor support = actor_of(boss, client);
  const auto session = accounts.accounts.sign_in_as_support(support, client, ann.id);
  ASSERT_TRUE(session.has_value()) << session.error().detail;
  const auto signed_in = accounts.sessions.find(session->secret).value();
  ASSERT_TRUE(signed_in.has_value());
  EXPECT_EQ(signed_in->account.id, ann.id);
  EXPECT_EQ(signed_in->support->id, boss.id);
  const auto rows = people_audit.list({.action = "account.support"});
  ASSERT_EQ(rows->rows.size(), 1u);
  EXPECT_EQ(rows->rows[0].actor.id, boss.id);
  EXPECT_THAT(rows->rows[0].after, HasSubstr("ann@example.org"));
  clock.advance_seconds(kSupportSessionSeconds);
  EXPECT_FALSE(accounts.sessions.find(session->secret).value().has_value());
}

TEST_F(AccountsTest, TheLastOperatorCannotBeUnmadeOrSuspended) {
  const AccountRecord boss = make_account("boss@example.org");
  const AccountRecord other = make_account("other@example.org");
  const Actor token{.kind = ActorKind::operator_token};
  ASSERT_TRUE(accounts.accounts.set_operator(token, boss.id, true).has_value());
  EXPECT_EQ(accounts.accounts.set_operator(token, boss.id, false).error().fault, Fault::conflict);
  EXPECT_EQ(accounts.accounts.suspend(token, boss.id, CachesToo::no).error().fault,
            Fault::conflict);
  ASSERT_TRUE(accounts.accounts.set_operator(token, other.id, true).has_value());
  EXPECT_TRUE(accounts.accounts.set_operator(token, boss.id, false).has_value());
}

TEST_F(AccountsTest, OperatorsSearchAccountsByPartsOfAddressOrNamePageByPage) {
  for (const char* email : {"ann@example.org", "bob@example.org", "c_x@example.com"}) {
    make_account(email);
  }
  const auto page = accounts.accounts.list({.search = "EXAMPLE.ORG", .count_max = 1});
  ASSERT_EQ(page->accounts.size(), 1u);
  EXPECT_TRUE(page->has_more);
  const auto next = accounts.accounts.list(
      {.search = "example.org", .after = page->accounts[0].id, .count_max = 1});
  EXPECT_EQ(next->accounts.at(0).email, "bob@example.org");
  EXPECT_FALSE(next->has_more);
  EXPECT_EQ(accounts.accounts.list({.search = "_"})->accounts.size(), 1u);
  EXPECT_THAT(accounts.accounts.list({.search = "%"})->accounts, IsEmpty());
}

TEST_F(AccountsTest, TokensHaveScopesEndAndAreDeletedByTheirOwnerAlone) {
  const AccountRecord ann = make_account("ann@example.org");
  const AccountRecord bob = make_account("bob@example.org");
  const auto made = accounts.tokens.create(actor_of(ann, client), ann.id,
                                           {.name = "ci", .scopes = {.write = true}, .days = 2});
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  EXPECT_TRUE(made->secret.starts_with(made->token.prefix));
  const auto owner = accounts.tokens.find(made->secret).value();
  EXPECT_EQ(owner->account.id, ann.id);
  EXPECT_TRUE(owner->token.scopes.write);
  EXPECT_FALSE(owner->token.scopes.credentials);
  EXPECT_EQ(accounts.tokens.remove(actor_of(bob, client), bob.id, made->token.id).error().fault,
            Fault::not_found);
  clock.advance_seconds(2 * 86'400);
  EXPECT_FALSE(accounts.tokens.find(made->secret).value().has_value());
  for (const uint32_t days : {0u, kTokenDaysMax + 1}) {
    EXPECT_EQ(accounts.tokens.create(actor_of(ann, client), ann.id, {.name = "x", .days = days})
                  .error()
                  .fault,
              Fault::invalid);
  }
}

TEST_F(AccountsTest, AResetEndsEveryTokenAndAChangeThoseThatAreToEnd) {
  const AccountRecord ann = make_account("ann@example.org");
  const auto make = [&] {
    return accounts.tokens.create(actor_of(ann, client), ann.id, {.name = "ci"}).value().secret;
  };
  const auto is_good = [&](const std::string& token) {
    return accounts.tokens.find(token).value().has_value();
  };
  const auto last_mail = [&] {
    EXPECT_TRUE(mails.deliver_due(clock.now()).has_value());
    return mail_server.mails.back().text;
  };
  const NewSession session = sign_in("ann@example.org");
  const auto change = [&](const char* from, const char* to, TokensToo tokens) {
    return accounts.password.change(actor_of(ann, client), session.session, from, to, tokens);
  };
  std::string token = make();
  ASSERT_TRUE(change(kPassword, "a second password", TokensToo::no).has_value());
  EXPECT_TRUE(is_good(token));
  EXPECT_THAT(last_mail(), Not(HasSubstr("ended with the old one")));
  ASSERT_TRUE(change("a second password", "a third password", TokensToo::yes).has_value());
  EXPECT_FALSE(is_good(token));
  token = make();
  const std::string other = make();
  ASSERT_TRUE(accounts.password.request_reset("ann@example.org").has_value());
  const std::string secret = mailed_secret("ann@example.org");
  ASSERT_TRUE(accounts.password.reset(client, secret, "a fourth password").has_value());
  EXPECT_FALSE(is_good(token) || is_good(other));
  EXPECT_THAT(last_mail(), HasSubstr("2 API tokens ended with the old one"));
  EXPECT_THAT(people_audit.list({.action = "account.reset_password"})->rows.at(0).after,
              HasSubstr("\"ended_tokens\":2"));
}

TEST_F(AccountsTest, AResetEndsTheLinksOfSignUpsThatWait) {
  ASSERT_TRUE(accounts.sign_up.sign_up(
      client, {.email = "ann@example.org", .password = "of somebody else"}));
  const std::string waiting = mailed_secret("ann@example.org");
  ASSERT_TRUE(accounts.password.request_reset("ann@example.org").has_value());
  const std::string secret = mailed_secret("ann@example.org");
  ASSERT_TRUE(accounts.password.reset(client, secret, kPassword).has_value());
  EXPECT_EQ(accounts.sign_up.confirm(client, waiting).error().fault, Fault::not_found);
}

TEST_F(AccountsTest, WhatHasEndedIsForgotten) {
  make_account("ann@example.org");
  const NewSession session = sign_in("ann@example.org");
  ASSERT_TRUE(
      accounts.sign_up.sign_up(client, {.email = "never@example.org", .password = kPassword}));
  clock.advance_seconds(kSessionSeconds);
  ASSERT_TRUE(accounts.sessions.forget_ended(clock.now()).has_value());
  EXPECT_THAT(accounts.sessions.list(session.account.id).value(), IsEmpty());
  EXPECT_EQ(accounts.accounts.list({})->accounts.size(), 1u);
}

TEST_F(AccountsTest, NoAuditRowHoldsASecret) {
  const AccountRecord ann = make_account("ann@example.org");
  const NewSession session = sign_in("ann@example.org");
  const auto token = accounts.tokens.create(actor_of(ann, client), ann.id, {.name = "ci"});
  const auto key = accounts.second_factor.begin(actor_of(ann, client), ann.id);
  const auto rows = people_audit.list({.rows_max = 1000});
  ASSERT_GT(rows->rows.size(), 4u);
  for (const AuditRecord& row : rows->rows) {
    for (const std::string& secret : {std::string(kPassword), session.secret, token->secret,
                                      key->key, csrf_token_of(session.secret)}) {
      EXPECT_THAT(row.before + row.after, Not(HasSubstr(secret))) << row.action;
    }
  }
}

}  // namespace
}  // namespace cachery::control
