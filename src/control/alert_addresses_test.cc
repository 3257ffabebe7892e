#include "control/alert_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/alerts_fixture.h"
#include "control/db/accounts_fixture.h"
#include "control/deliveries.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

struct AlertAddressesTest : testing::Test, AccountsFixture {
  Result<OpenDeliveryConfig> add(const std::string& email) {
    return deliveries.create_config(actor, scope, {.email = email});
  }
  uint32_t wait(const std::string& email) {
    return deliveries.wait_before_create(actor, scope, {.email = email}).value();
  }
  size_t mails_to(const std::string& email) {
    EXPECT_TRUE(mails.deliver_due(clock.now()).has_value());
    return static_cast<size_t>(std::ranges::count(mail_server.mails, email,
                                                  [](const Mail& one) { return one.recipient; }));
  }
  // What became of the last delivery, after a turn of the job.
  DeliveryRecord sent() {
    EXPECT_TRUE(deliveries.send_due(clock.now()).has_value());
    return deliveries.list(scope, {.count_max = 1}).value().at(0);
  }
  void fire(const DeliveryConfigRecord& config) {
    ASSERT_TRUE(store->write([&](Records& records) -> Status {
      const auto queued = Deliveries::queue(records, {.config = config}, clock.now().unix_seconds);
      return queued ? Status() : std::unexpected(queued.error());
    }));
  }

  AnsweringCourier courier;
  AlertAddresses addresses{*store, clock, people_audit, mails, links_to};
  Deliveries deliveries{*store, sealer, courier, people_audit, clock, &addresses};
  const AccountRecord ann = make_account("ann@example.org");
  const Actor actor = actor_of(ann, client);
  const TeamId team = accounts.teams.list(caller(ann)).value().at(0).team.id;
  const AlertScope scope = caches.create(actor, {"shop", {.plan = "dev"}, team}).value().cache.id;
};

TEST_F(AlertAddressesTest, NothingButTheQuestionIsMailedToAnAddressThatHasNotAgreed) {
  const auto place = add("victim@example.org");
  ASSERT_TRUE(place.has_value()) << place.error().detail;
  EXPECT_FALSE(place->record.is_confirmed);
  EXPECT_EQ(mails_to("victim@example.org"), 1u);
  fire(place->record);
  EXPECT_EQ(sent().state, DeliveryState::cancelled);
  EXPECT_THAT(sent().last_error, HasSubstr("has not agreed"));
  const auto confirmed = addresses.confirm(mailed_secret("victim@example.org"), "192.0.2.7");
  ASSERT_TRUE(confirmed.has_value()) << confirmed.error().detail;
  EXPECT_EQ(confirmed->id, place->record.id);
  EXPECT_EQ(audit.list({})->rows.front().action, "delivery_config.confirm");
  fire(place->record);
  EXPECT_EQ(sent().state, DeliveryState::sent);
}

TEST_F(AlertAddressesTest, TheLinkIsGoodOnceAndForSevenDays) {
  ASSERT_TRUE(add("bob@example.org").has_value());
  const std::string secret = mailed_secret("bob@example.org");
  EXPECT_EQ(addresses.confirm("", "192.0.2.7").error().fault, Fault::not_found);
  EXPECT_EQ(addresses.confirm(std::string(64, '0'), "192.0.2.7").error().fault, Fault::not_found);
  EXPECT_TRUE(addresses.confirm(secret, "192.0.2.7").has_value());
  EXPECT_EQ(addresses.confirm(secret, "192.0.2.7").error().fault, Fault::not_found);
  ASSERT_TRUE(add("eve@example.org").has_value());
  const std::string late = mailed_secret("eve@example.org");
  clock.advance_seconds(kAlertAddressSeconds);
  EXPECT_EQ(addresses.confirm(late, "192.0.2.7").error().fault, Fault::not_found);
}

TEST_F(AlertAddressesTest, AMemberOfTheTeamNeedsNoAsking) {
  const auto place = add("ANN@example.org");
  ASSERT_TRUE(place.has_value()) << place.error().detail;
  EXPECT_TRUE(place->record.is_confirmed);
  make_account("stranger@example.org");
  EXPECT_FALSE(add("stranger@example.org")->record.is_confirmed);
}

TEST_F(AlertAddressesTest, AnAddressIsAskedTwiceAtOnceAndThenOnceADay) {
  EXPECT_EQ(wait("victim@example.org"), 0u);
  EXPECT_EQ(wait("victim@example.org"), 0u);
  EXPECT_EQ(wait("victim@example.org"), 86'400u);
  EXPECT_EQ(wait("bob@example.org"), 0u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wait("ann@example.org"), 0u) << "nobody asks a member";
}

TEST_F(AlertAddressesTest, ATestOfAnAddressThatHasNotAgreedAsksItAgain) {
  const auto place = add("bob@example.org");
  const std::string first = mailed_secret("bob@example.org");
  const auto tested = deliveries.test(actor, scope, place->record.id);
  ASSERT_FALSE(tested.has_value());
  EXPECT_EQ(tested.error().fault, Fault::conflict);
  EXPECT_EQ(mails_to("bob@example.org"), 2u);
  EXPECT_EQ(addresses.confirm(first, "192.0.2.7").error().fault, Fault::not_found)
      << "the newer link replaces it";
  EXPECT_TRUE(addresses.confirm(mailed_secret("bob@example.org"), "192.0.2.7").has_value());
}

TEST_F(AlertAddressesTest, TestsOfAPlaceHaveARate) {
  const auto place = add("ann@example.org");
  int allowed = 0;
  for (int i = 0; i < 60; ++i) {
    allowed += deliveries.wait_before_test(actor, scope, place->record.id).value() == 0;
  }
  EXPECT_EQ(allowed, 5);
}

TEST_F(AlertAddressesTest, WhatATenantWroteMakesNoLinkInTheMail) {
  EXPECT_EQ(words_of_others("Pay at https://evil.example/now"),
            "Pay at https : / / evil . example / now");
  EXPECT_EQ(words_of_others("a team of ours"), "a team of ours");
  const Mail mail =
      invitation_mail(links_to, "bob@example.org", "Overdue: evil.example/pay now", "secret");
  EXPECT_THAT(mail.text, Not(HasSubstr("evil.example")));
  EXPECT_THAT(mail.text, HasSubstr("Its owner calls it \"Overdue"));
}

}  // namespace
}  // namespace cachery::control
