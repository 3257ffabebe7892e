// Bounds of what a team may hold: those of who signed up, those that an operator gives, and those
// of the machine.
#include "control/quotas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/accounts_fixture.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;

constexpr uint64_t kMib = 1'048'576;

struct QuotasTest : testing::Test, AccountsFixture {
  QuotasTest()
      : AccountsFixture(SignUpRule::open, {.of_account = {100, 3, 5, 2}, .oversell_percent = 200}) {
    node.set_status({{.memory_limit_bytes = 1024 * kMib}});
  }

  TeamId own_team(const AccountRecord& account) {
    return accounts.teams.list(caller(account)).value().front().team.id;
  }
  TeamId make_team(const AccountRecord& account, const std::string& name) {
    return accounts.teams.create(caller(account), name).value().team.id;
  }
  Result<CacheDetails> make(TeamId team, const std::string& plan = "dev",
                            TeamBound bound = TeamBound::kept) {
    return caches.create(actor, {.name = "c" + std::to_string(++made),
                                 .size = {.plan = plan},
                                 .team = team,
                                 .bound = bound});
  }
  QuotaState state(TeamId team, Quota quota) {
    const TeamCaller as_operator{.actor = actor, .is_operator = true};
    return accounts.teams.quotas(as_operator, team).value().at(static_cast<size_t>(quota));
  }

  int made = 0;
};

TEST_F(QuotasTest, MemoryIsTheSumOfThePlansOfATeam) {
  const TeamId team = own_team(make_account("ann@example.org"));
  const auto first = make(team);
  ASSERT_TRUE(first.has_value());
  const auto refused = make(team, "100");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::exhausted);
  EXPECT_THAT(refused.error().detail,
              HasSubstr("this team may have 100 MiB of caches, and this would make it 125"));
  EXPECT_THAT(refused.error().detail, HasSubstr("ask the operator of this service for more"));
  ASSERT_TRUE(make(team).has_value());
  const CachePatch larger{.size = CacheSize{.plan = "100"}};
  EXPECT_EQ(caches.update(actor, first->cache.id, larger).error().fault, Fault::exhausted);
  EXPECT_EQ(caches.find_record(std::to_string(first->cache.id))->plan, "dev") << "nothing changed";
  EXPECT_EQ(state(team, Quota::memory_mib).used, 50u);
}

TEST_F(QuotasTest, TeamsOfOneAccountShareOneBound) {
  const AccountRecord ann = make_account("ann@example.org");
  const TeamId first = own_team(ann);
  const TeamId second = make_team(ann, "second");
  ASSERT_TRUE(make(first).has_value());
  ASSERT_TRUE(make(second).has_value());
  ASSERT_TRUE(make(first).has_value());
  const auto refused = make(second);
  ASSERT_FALSE(refused.has_value()) << "three caches are the most";
  EXPECT_THAT(refused.error().detail,
              HasSubstr("the 2 teams of the account that made this one may have 3 caches"));
  const TeamId other = own_team(make_account("bob@example.org"));
  EXPECT_TRUE(make(other).has_value()) << "somebody else's are not counted";
  EXPECT_EQ(state(second, Quota::caches).used, 3u);
  EXPECT_EQ(state(second, Quota::caches).used_by_team, 1u);
}

TEST_F(QuotasTest, ADeletedCacheCountsUntilItIsPurged) {
  const TeamId team = own_team(make_account("ann@example.org"));
  const CacheId first = make(team)->cache.id;
  ASSERT_TRUE(make(team).has_value() && make(team).has_value());
  ASSERT_TRUE(caches.remove(actor, first).has_value());
  const auto refused = make(team);
  ASSERT_FALSE(refused.has_value()) << "it holds its items still";
  EXPECT_THAT(refused.error().detail, HasSubstr("1 of them deleted"));
  ASSERT_TRUE(caches.purge(actor, first).has_value());
  EXPECT_TRUE(make(team).has_value());
}

TEST_F(QuotasTest, AnOperatorGivesATeamABoundOfItsOwnWhichThenCountsAlone) {
  const AccountRecord ann = make_account("ann@example.org");
  const TeamId large = own_team(ann);
  const TeamId small = make_team(ann, "small");
  ASSERT_TRUE(accounts.teams.set_quota(actor, large, Quota::memory_mib, 1000).has_value());
  ASSERT_TRUE(make(large, "500").has_value());
  EXPECT_TRUE(make(small).has_value()) << "the 500 MiB are not the other team's";
  EXPECT_EQ(state(large, Quota::memory_mib).most, 1000u);
  EXPECT_TRUE(state(large, Quota::memory_mib).is_own);
  EXPECT_EQ(state(small, Quota::memory_mib).most, 100u);
  ASSERT_TRUE(accounts.teams.set_quota(actor, large, Quota::memory_mib, std::nullopt).has_value());
  EXPECT_EQ(make(large).error().fault, Fault::exhausted) << "the default counts again";
  ASSERT_TRUE(accounts.teams.set_quota(actor, small, Quota::caches, 0).has_value());
  EXPECT_EQ(make(small).error().fault, Fault::exhausted) << "0 is none at all";
  EXPECT_EQ(accounts.teams.set_quota(actor, 999, Quota::caches, 1).error().fault, Fault::not_found);
}

TEST_F(QuotasTest, WhatAnOperatorMakesIsNotBounded) {
  AccountRecord ann = make_account("ann@example.org");
  const TeamId team = own_team(ann);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(make(team, "dev", TeamBound::waived).has_value());
  const CacheId moved = make(0)->cache.id;
  EXPECT_TRUE(make(0, "500").has_value()) << "no team's";
  EXPECT_EQ(caches.update(actor, moved, {.team = team}).error().fault, Fault::exhausted);
  const CachePatch by_operator{.team = team, .bound = TeamBound::waived};
  EXPECT_TRUE(caches.update(actor, moved, by_operator).has_value());
  EXPECT_EQ(make(team).error().fault, Fault::exhausted);
  ann.is_operator = true;
  ASSERT_TRUE(store->write([&](Records& records) { return records.accounts().update(ann); }));
  EXPECT_TRUE(make(team).has_value()) << "teams of an operator have no default bound";
}

TEST_F(QuotasTest, CredentialsAndOwnPortsAreBoundedToo) {
  const TeamId team = own_team(make_account("ann@example.org"));
  const CacheId cache = make(team)->cache.id;  // with one credential
  const auto with_port = [&](uint16_t port) {
    return CredentialPatch{.own_port = port, .own_port_networks = {{"10.0.0.0/8"}}};
  };
  const auto first = credentials.create({actor}, cache, with_port(12'001));
  ASSERT_TRUE(first.has_value());
  ASSERT_TRUE(credentials.create({actor}, cache, with_port(12'002)).has_value());
  const auto third = credentials.create({actor}, cache, {});
  ASSERT_TRUE(third.has_value());
  const auto refused = credentials.update({actor}, cache, third->record.id, with_port(12'003));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().detail, HasSubstr("may have 2 own ports"));
  EXPECT_TRUE(credentials.update({actor}, cache, first->record.id, with_port(12'004)).has_value())
      << "another port in place of its own";
  ASSERT_TRUE(credentials.create({actor}, cache, {}).has_value());
  EXPECT_EQ(credentials.create({actor}, cache, {}).error().fault, Fault::exhausted);
  EXPECT_TRUE(credentials.create({.actor = actor, .is_operator = true}, cache, {}).has_value());
}

TEST_F(QuotasTest, ACacheLargerThanAnyNodeIsRefusedForEverybody) {
  const auto refused = make(0, "1000", TeamBound::waived);  // 1,100 MiB with its overhead
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::exhausted);
  EXPECT_THAT(refused.error().detail, HasSubstr("the plan 1000"));
  EXPECT_THAT(refused.error().detail, HasSubstr("there are 1024 MiB for all caches"));
  const CacheId id = make(0, "500", TeamBound::waived)->cache.id;
  const CachePatch larger{.size = CacheSize{.mib = 2000}, .bound = TeamBound::waived};
  EXPECT_EQ(caches.update(actor, id, larger).error().fault, Fault::exhausted);
  node.set_status({{.memory_limit_bytes = 128 * kMib}});
  const CachePatch smaller{.size = CacheSize{.plan = "250"}, .bound = TeamBound::waived};
  EXPECT_TRUE(caches.update(actor, id, smaller).has_value()) << "the way down is always open";
  node.set_status({});
  EXPECT_TRUE(make(0, "20000", TeamBound::waived).has_value()) << "no node says";
}

TEST_F(QuotasTest, PastTheBoundOfWhatMayBePromisedOnlyOperatorsPromiseMore) {
  node.set_status({{.memory_limit_bytes = 56 * kMib}});  // 112 may be promised; a cache is 27.5
  const TeamId team = own_team(make_account("ann@example.org"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(make(0, "dev", TeamBound::waived).has_value());
  ASSERT_TRUE(make(team).has_value());
  EXPECT_EQ(quotas.oversell()->state(), OversellState::warning);
  const auto refused = make(team);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().detail, HasSubstr("no room for more memory at present"));
  EXPECT_EQ(quotas.oversell()->promised_bytes, 4 * limit_bytes_of(25));
  EXPECT_TRUE(make(0, "dev", TeamBound::waived).has_value());
  EXPECT_EQ(quotas.oversell()->state(), OversellState::over);
}

TEST_F(QuotasTest, AnAccountMakesNoMoreTeamsThanItMayBeIn) {
  const AccountRecord ann = make_account("ann@example.org");
  const AccountRecord bob = make_account("bob@example.org");
  for (size_t i = 1; i < kTeamsPerAccountMax; ++i) {
    const TeamId team = make_team(ann, "t" + std::to_string(i));
    ASSERT_TRUE(store->write([&](Records& records) -> Status {
      if (auto put = records.teams().put({team, bob.id, Role::owner}); !put) return put;
      return records.teams().remove_member(team, ann.id);
    }));
  }
  EXPECT_EQ(accounts.teams.create(caller(ann), "one more").error().fault, Fault::exhausted)
      << "it has left the others";
}

TEST(Quotas, TheDefaultOfMemoryLeavesMostOfANodeToOthers) {
  EXPECT_EQ(default_memory_mib(64 * kMib), 25u);
  EXPECT_EQ(default_memory_mib(2048 * kMib), 512u);
  EXPECT_EQ(default_memory_mib(uint64_t{1} << 40), 1024u);
}

}  // namespace
}  // namespace cachery::control
