#include "control/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/accounts_fixture.h"

namespace cachery::control {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct MailTest : testing::Test, AccountsFixture {
  void queue(const std::string& recipient) {
    ASSERT_TRUE(store->write([&](Records& records) {
      return mails.enqueue(records, {recipient, "Subject", "Text\n"});
    }));
  }
  MailRecord only() { return mails.list(0, 10).value().at(0); }
};

TEST_F(MailTest, AServerThatIsAwayIsTriedAgainLessAndLessOften) {
  mail_server.failure = Error{Fault::unavailable, "no answer"};
  queue("ann@example.org");
  int64_t waited = 0;
  for (int tries = 1; tries <= 3; ++tries) {
    EXPECT_FALSE(mails.deliver_due(clock.now()).has_value());
    EXPECT_EQ(only().tries_count, tries);
    EXPECT_EQ(only().last_failure, "no answer");
    const int64_t pause = only().next_try_unix_seconds - clock.now().unix_seconds;
    EXPECT_GT(pause, waited);
    clock.advance_seconds(pause - 1);
    EXPECT_TRUE(mails.deliver_due(clock.now()).has_value()) << "nothing is due yet";
    clock.advance_seconds(1);
    waited = pause;
  }
  mail_server.failure.reset();
  EXPECT_TRUE(mails.deliver_due(clock.now()).has_value());
  ASSERT_THAT(mail_server.mails, SizeIs(1));
  EXPECT_EQ(mail_server.mails[0].text, "Text\n");
  EXPECT_EQ(only().state, MailState::sent);
  EXPECT_THAT(only().sealed_body, IsEmpty());
}

TEST_F(MailTest, AMailThatIsGivenUpCanBeTriedAgainByAnOperator) {
  mail_server.failure = Error{Fault::unavailable, "no answer"};
  queue("ann@example.org");
  for (int i = 0; i < kMailTriesMax; ++i) {
    EXPECT_FALSE(mails.deliver_due(clock.now()).has_value());
    clock.advance_seconds(4 * 3600);
  }
  EXPECT_EQ(only().state, MailState::failed);
  EXPECT_TRUE(mails.deliver_due(clock.now()).has_value());
  mail_server.failure.reset();
  ASSERT_TRUE(mails.retry(actor_of({}, client), only().id).has_value());
  ASSERT_TRUE(mails.deliver_due(clock.now()).has_value());
  EXPECT_EQ(only().state, MailState::sent);
  EXPECT_EQ(mails.retry(actor_of({}, client), only().id).error().fault, Fault::conflict);
}

TEST_F(MailTest, AMailThatWillNeverBeTakenHoldsNoOtherUp) {
  class Picky final : public MailSender {
   public:
    Status send(const Mail& mail) override {
      if (mail.recipient == "bad@example.org") return fail(Fault::invalid, "no such mailbox");
      ++sent_count;
      return {};
    }
    int sent_count = 0;
  } picky;
  Mails queueing(*store, clock, sealer, people_audit, &picky);
  queue("bad@example.org");
  queue("good@example.org");
  EXPECT_TRUE(queueing.deliver_due(clock.now()).has_value());
  EXPECT_EQ(picky.sent_count, 1);
  EXPECT_EQ(mails.list(0, 10)->at(1).state, MailState::failed);
}

TEST_F(MailTest, TheTextIsSealedWhileItWaits) {
  queue("ann@example.org");
  EXPECT_EQ(only().sealed_body.find("Text"), std::string::npos);
  EXPECT_EQ(sealer.open(only().sealed_body).value(), "Text\n");
}

TEST_F(MailTest, WhatIsDoneIsForgottenAfterAMonth) {
  queue("ann@example.org");
  ASSERT_TRUE(mails.deliver_due(clock.now()).has_value());
  clock.advance_seconds(kMailKeptSeconds + 1);
  ASSERT_TRUE(mails.deliver_due(clock.now()).has_value());
  EXPECT_THAT(mails.list(0, 10).value(), IsEmpty());
}

}  // namespace
}  // namespace cachery::control
