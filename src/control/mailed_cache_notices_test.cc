#include "control/mailed_cache_notices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/accounts_fixture.h"
#include "control/idle_caches.h"
#include "control/team_records.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kDay = 24 * 3600;

struct MailedCacheNoticesTest : testing::Test, AccountsFixture {
  void look_after_days(int64_t days) {
    clock.advance_seconds(days * kDay);
    ASSERT_TRUE(idle.look(clock.now()).has_value());
    mail_server.mails.clear();
    ASSERT_TRUE(mails.deliver_due(clock.now()).has_value());
  }
  TeamId team_of(const AccountRecord& account) {
    return accounts.teams.list(caller(account)).value().at(0).team.id;
  }

  MailedCacheNotices notices{mails, links_to};
  IdleCaches idle{{*store, publisher, audit, node, notices}};
  AccountRecord owner = make_account("owner@example.org");
};

TEST_F(MailedCacheNoticesTest, ItsOwnerIsWarnedSevenDaysBeforeAndToldAfter) {
  ASSERT_TRUE(caches.create(actor, {"shop", {.plan = "dev"}, team_of(owner)}).has_value());
  look_after_days(0);
  look_after_days(23);
  ASSERT_THAT(mail_server.mails, SizeIs(1));
  EXPECT_EQ(mail_server.mails[0].recipient, "owner@example.org");
  EXPECT_THAT(mail_server.mails[0].subject, HasSubstr("shop is idle"));
  EXPECT_THAT(mail_server.mails[0].text, HasSubstr("https://cache.example.org/caches/"));
  look_after_days(7);
  ASSERT_THAT(mail_server.mails, SizeIs(1));
  EXPECT_THAT(mail_server.mails[0].subject, HasSubstr("shop was disabled"));
}

TEST_F(MailedCacheNoticesTest, OnlyOwnersAreTold) {
  const AccountRecord member = make_account("member@example.org");
  const TeamId team = team_of(owner);
  ASSERT_TRUE(store->write([&](Records& records) {
    return records.teams().put({.team = team, .account = member.id, .role = Role::member});
  }));
  ASSERT_TRUE(caches.create(actor, {"shop", {.plan = "dev"}, team}).has_value());
  look_after_days(0);
  look_after_days(23);
  ASSERT_THAT(mail_server.mails, SizeIs(1));
  EXPECT_EQ(mail_server.mails[0].recipient, "owner@example.org");
}

TEST_F(MailedCacheNoticesTest, ACacheWithoutATeamIsTheOperatorsWhoReadsTheLog) {
  make_cache("of the operator");
  look_after_days(0);
  look_after_days(23);
  EXPECT_THAT(mail_server.mails, IsEmpty());
}

}  // namespace
}  // namespace cachery::control
