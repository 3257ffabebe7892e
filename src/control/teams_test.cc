#include "control/teams.h"

#include <gtest/gtest.h>

#include "control/db/accounts_fixture.h"

namespace cachery::control {
namespace {

struct TeamsTest : testing::Test, AccountsFixture {
  AccountRecord ann = make_account("ann@example.org");
  AccountRecord bob = make_account("bob@example.org");
  AccountRecord eve = make_account("eve@example.org");
  TeamId team = accounts.teams.list(caller(ann))->front().team.id;

  std::string invite(const std::string& email, Role role) {
    EXPECT_TRUE(accounts.invitations.invite(caller(ann), team, email, role).has_value());
    return mailed_secret(email);
  }
  Result<OwnTeam> accept(const AccountRecord& account, const std::string& secret) {
    return accounts.invitations.accept(actor_of(account, client), account.id, secret);
  }
};

TEST_F(TeamsTest, AnInvitationIsForItsAddressAndGoodOnce) {
  const std::string secret = invite("bob@example.org", Role::member);
  EXPECT_EQ(accept(eve, secret).error().fault, Fault::forbidden);
  const auto joined = accept(bob, secret);
  ASSERT_TRUE(joined.has_value()) << joined.error().detail;
  EXPECT_EQ(joined->role, Role::member);
  EXPECT_EQ(accept(bob, secret).error().fault, Fault::not_found);
  EXPECT_EQ(
      accounts.invitations.invite(caller(ann), team, "BOB@example.org", Role::owner).error().fault,
      Fault::conflict);
}

// A single sign-on session stands for no account.
TEST_F(TeamsTest, WhoIsNobodyAndNoOperatorIsToldOfNoTeam) {
  const TeamCaller nobody{.actor = {.kind = ActorKind::link}};
  EXPECT_TRUE(accounts.teams.list(nobody)->empty());
  EXPECT_EQ(accounts.teams.find(nobody, team).error().fault, Fault::not_found);
  EXPECT_EQ(accounts.teams.list({.actor = actor, .is_operator = true})->size(), 3u);
}

TEST_F(TeamsTest, AnInvitationEndsByTimeByWithdrawalAndByAnother) {
  const std::string first = invite("bob@example.org", Role::member);
  const std::string second = invite("Bob@example.org", Role::read_only);
  EXPECT_EQ(accept(bob, first).error().fault, Fault::not_found);
  const auto open = accounts.invitations.list(caller(ann), team);
  ASSERT_EQ(open->size(), 1u);
  ASSERT_TRUE(accounts.invitations.withdraw(caller(ann), team, open->front().id));
  EXPECT_EQ(accept(bob, second).error().fault, Fault::not_found);
  const std::string third = invite("bob@example.org", Role::member);
  clock.advance_seconds(kInvitationSeconds);
  EXPECT_EQ(accept(bob, third).error().fault, Fault::not_found);
}

TEST_F(TeamsTest, ATeamThatOneIsNotInDoesNotExist) {
  EXPECT_EQ(accounts.teams.find(caller(eve), team).error().fault, Fault::not_found);
  EXPECT_EQ(accounts.teams.members(caller(eve), team).error().fault, Fault::not_found);
  EXPECT_EQ(accounts.teams.rename(caller(eve), team, "mine").error().fault, Fault::not_found);
  EXPECT_EQ(
      accounts.invitations.invite(caller(eve), team, "x@example.org", Role::owner).error().fault,
      Fault::not_found);
  EXPECT_EQ(accounts.teams.remove_member(caller(eve), team, eve.id).error().fault,
            Fault::not_found);
}

TEST_F(TeamsTest, OnlyOwnersDecideAboutTheTeam) {
  for (const Role role : {Role::read_only, Role::member}) {
    ASSERT_TRUE(accept(bob, invite("bob@example.org", role)).has_value());
    EXPECT_TRUE(accounts.teams.members(caller(bob), team).has_value());
    EXPECT_EQ(accounts.teams.rename(caller(bob), team, "mine").error().fault, Fault::forbidden);
    EXPECT_EQ(accounts.invitations.list(caller(bob), team).error().fault, Fault::forbidden);
    EXPECT_EQ(accounts.teams.set_role(caller(bob), team, bob.id, Role::owner).error().fault,
              Fault::forbidden);
    EXPECT_EQ(accounts.teams.remove_member(caller(bob), team, ann.id).error().fault,
              Fault::forbidden);
    ASSERT_TRUE(accounts.teams.remove_member(caller(bob), team, bob.id).has_value());
  }
}

TEST_F(TeamsTest, TheLastOwnerCanNeitherLeaveNorBeMadeLess) {
  EXPECT_EQ(accounts.teams.remove_member(caller(ann), team, ann.id).error().fault, Fault::conflict);
  EXPECT_EQ(accounts.teams.set_role(caller(ann), team, ann.id, Role::member).error().fault,
            Fault::conflict);
  ASSERT_TRUE(accept(bob, invite("bob@example.org", Role::read_only)).has_value());
  ASSERT_TRUE(accounts.teams.set_role(caller(ann), team, bob.id, Role::owner).has_value());
  ASSERT_TRUE(accounts.teams.remove_member(caller(ann), team, ann.id).has_value());
  EXPECT_EQ(accounts.teams.find(caller(ann), team).error().fault, Fault::not_found);
}

TEST_F(TeamsTest, ASuspensionLeavesTheCachesOfASharedTeamAlone) {
  ASSERT_TRUE(accept(bob, invite("bob@example.org", Role::owner)).has_value());
  const Actor boss{.kind = ActorKind::operator_token};
  ASSERT_TRUE(accounts.accounts.suspend(boss, ann.id, CachesToo::yes).has_value());
  EXPECT_FALSE(accounts.teams.find(caller(bob), team)->team.is_suspended);
}

}  // namespace
}  // namespace cachery::control
