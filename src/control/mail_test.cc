#include "control/mail.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/accounts_fixture.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct MailTest : testing::Test, AccountsFixture {
  void queue(const std::string& recipient, const MailCause& cause = {}) {
    const auto queued = write(*store, [&](Records& records) {
      return mails.enqueue(records, {recipient, "Subject", "Text\n"}, cause);
    });
    EXPECT_EQ(queued.value(), Queued::yes) << recipient;
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

TEST_F(MailTest, AResetGoesBeforeTheMailsThatOthersCaused) {
  for (int i = 0; i < 40; ++i) {
    queue(fmt::format("a{}@example.org", i), {.kind = MailKind::invitation});
  }
  queue("owner@example.org", {.kind = MailKind::cache_notice});
  queue("ann@example.org", {.kind = MailKind::reset});
  ASSERT_TRUE(mails.deliver_due(clock.now()).has_value());
  ASSERT_THAT(mail_server.mails, SizeIs(42));
  EXPECT_EQ(mail_server.mails.front().recipient, "ann@example.org");
  EXPECT_EQ(mail_server.mails.back().recipient, "owner@example.org");
}

TEST_F(MailTest, AResetThatComesDuringARunIsTheNextMail) {
  class Slow final : public MailSender {
   public:
    Status send(const Mail& mail) override {
      recipients.push_back(mail.recipient);
      if (recipients.size() == 1) on_first();
      return {};
    }
    std::function<void()> on_first;
    std::vector<std::string> recipients;
  } slow;
  Mails sending(*store, clock, sealer, people_audit, &slow);
  slow.on_first = [&] { queue("ann@example.org", {.kind = MailKind::reset}); };
  for (int i = 0; i < 5; ++i) queue(fmt::format("a{}@example.org", i));
  ASSERT_TRUE(sending.deliver_due(clock.now()).has_value());
  ASSERT_THAT(slow.recipients, SizeIs(6));
  EXPECT_EQ(slow.recipients[1], "ann@example.org");
}

TEST_F(MailTest, ARecipientWhoseServerIsAwayHoldsNoOtherUpAndAServerThatIsAwayIsAskedAFewTimes) {
  class Greylisting final : public MailSender {
   public:
    Status send(const Mail& mail) override {
      ++tries_count;
      if (mail.recipient != "good@example.org") return fail(Fault::unavailable, "450 not now");
      ++sent_count;
      return {};
    }
    int tries_count = 0;
    int sent_count = 0;
  } server;
  Mails sending(*store, clock, sealer, people_audit, &server);
  queue("grey@example.org");
  queue("good@example.org");
  EXPECT_FALSE(sending.deliver_due(clock.now()).has_value());
  EXPECT_EQ(server.sent_count, 1);
  for (int i = 0; i < 10; ++i) queue(fmt::format("a{}@example.org", i));
  server.tries_count = 0;
  EXPECT_FALSE(sending.deliver_due(clock.now()).has_value());
  EXPECT_EQ(server.tries_count, kMailFailuresARunMax);
}

TEST_F(MailTest, ARecipientAPersonAndATeamHaveARateForEachKind) {
  const MailCause ann{.kind = MailKind::invitation, .person = "account 1", .team = 1};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(mails.take("bob@example.org", ann), 0u);
  EXPECT_EQ(mails.take("BOB@example.org", ann), 86'400u / 3);
  EXPECT_EQ(mails.take("bob@example.org", {.kind = MailKind::reset}), 0u);
  int taken = 3;
  for (int i = 0; i < 100; ++i) {
    taken +=
        mails.take(fmt::format("a{}@example.org", i), {.kind = MailKind::invitation,
                                                       .person = "account 1",
                                                       .team = static_cast<TeamId>(i + 2)}) == 0;
  }
  EXPECT_EQ(taken, 50) << "however many teams a person has";
  clock.advance_seconds(86'400);
  EXPECT_EQ(mails.take("bob@example.org", ann), 0u);
  EXPECT_THAT(mails.metrics(),
              testing::HasSubstr("cachery_mails_not_queued_total{kind=\"invitation\"} 54\n"));
}

TEST_F(MailTest, AMailOverTheRateOfItsKindIsNotQueuedAndTheRestOfTheRequestGoesOn) {
  const MailCause again{.kind = MailKind::confirmation_again};
  queue("ann@example.org", again);
  const auto second = write(*store, [&](Records& records) {
    return mails.enqueue(records, {"ann@example.org", "Subject", "Text\n"}, again);
  });
  EXPECT_EQ(second.value(), Queued::no);
  EXPECT_THAT(mails.list(0, 10).value(), SizeIs(1));
}

TEST(MailKindsTest, WhatIsMoreUrgentHasMoreRoomInTheQueue) {
  for (size_t i = 1; i < kMailKindsCount; ++i) {
    const MailKindRow& before = row_of(static_cast<MailKind>(i - 1));
    const MailKindRow& row = row_of(static_cast<MailKind>(i));
    EXPECT_EQ(row.kind, static_cast<MailKind>(i));
    EXPECT_LE(before.priority, row.priority) << row.name;
    EXPECT_EQ(before.waiting_max > row.waiting_max, before.priority < row.priority) << row.name;
  }
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
