#include "control/deliveries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "control/alerts.h"
#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

// Keeps what it was given, and answers what it is told to.
class FakeCourier final : public Courier {
 public:
  Status deliver(const Parcel& parcel, int64_t) override {
    const std::lock_guard lock(mutex_);
    delivered.push_back(parcel);
    return answer;
  }
  Status answer = {};
  std::vector<Parcel> delivered;

 private:
  std::mutex mutex_;
};

struct DeliveriesTest : testing::Test {
  DeliveryConfigId make_config(NewDeliveryConfig wanted = {.email = "a@example.org"}) {
    auto made = deliveries.create_config(actor, shop, wanted);
    EXPECT_TRUE(made.has_value()) << made.error().detail;
    return made->record.id;
  }
  DeliveryRecord queue_test(DeliveryConfigId config) {
    auto queued = deliveries.test(actor, shop, config);
    EXPECT_TRUE(queued.has_value()) << queued.error().detail;
    return *queued;
  }
  void send() {
    const auto sent = deliveries.send_due(services.clock.now());
    EXPECT_TRUE(sent.has_value()) << sent.error().detail;
  }
  DeliveryRecord state_of(DeliveryId id) { return *deliveries.find(shop, id); }

  const Actor actor{.name = "test"};
  ServicesFixture services;
  const AlertScope shop = services.make_cache("shop").cache.id;
  const AlertScope other = services.make_cache("other").cache.id;
  FakeCourier courier;
  Deliveries deliveries{*services.store, services.sealer, courier, services.audit,
                                 services.clock};
};

TEST_F(DeliveriesTest, WhatIsTakenIsSentOnce) {
  const auto queued = queue_test(make_config());
  EXPECT_EQ(queued.state, DeliveryState::queued);
  EXPECT_THAT(queued.idempotency_id, MatchesRegex("[0-9a-f]{32}"));
  send();
  send();
  ASSERT_THAT(courier.delivered, SizeIs(1));
  EXPECT_EQ(courier.delivered[0].cache_name, "shop");
  EXPECT_EQ(courier.delivered[0].config.email, "a@example.org");
  EXPECT_EQ(state_of(queued.id).state, DeliveryState::sent);
  EXPECT_EQ(state_of(queued.id).attempts_count, 1u);
}

TEST_F(DeliveriesTest, WhatFailsIsTriedLaterEachTimeLaterAndGivenUpAtABound) {
  const auto queued = queue_test(make_config());
  courier.answer = fail(Fault::unavailable, "it answered 500");
  int64_t last = services.clock.now().unix_seconds;
  for (uint32_t attempt = 1; attempt < kDeliveryAttemptsMax; ++attempt) {
    send();
    ASSERT_THAT(courier.delivered, SizeIs(attempt));
    const auto state = state_of(queued.id);
    EXPECT_EQ(state.state, DeliveryState::queued);
    EXPECT_EQ(state.last_error, "it answered 500");
    const int64_t wait = state.next_attempt_unix_seconds - last;
    const int64_t whole =
        std::min(kDeliveryWaitSecondsMin << (attempt - 1), kDeliveryWaitSecondsMax);
    EXPECT_GE(wait, whole / 2);
    EXPECT_LE(wait, whole);
    services.clock.advance_seconds(wait - 1);
    send();
    ASSERT_THAT(courier.delivered, SizeIs(attempt)) << "not before its time";
    services.clock.advance_seconds(1);
    last = services.clock.now().unix_seconds;
  }
  send();
  EXPECT_EQ(state_of(queued.id).state, DeliveryState::failed);
  EXPECT_EQ(state_of(queued.id).attempts_count, kDeliveryAttemptsMax);
  services.clock.advance_seconds(kDeliveryWaitSecondsMax);
  send();
  EXPECT_THAT(courier.delivered, SizeIs(kDeliveryAttemptsMax));
  for (const Parcel& parcel : courier.delivered) {
    EXPECT_EQ(parcel.delivery.idempotency_id, queued.idempotency_id);
  }
}

TEST_F(DeliveriesTest, WhatCanNeverArriveIsGivenUpAtOnceAndCanBeTriedAgainByHand) {
  const auto queued = queue_test(make_config());
  courier.answer = fail(Fault::forbidden, "its address is private");
  send();
  EXPECT_EQ(state_of(queued.id).state, DeliveryState::failed);
  EXPECT_EQ(state_of(queued.id).last_error, "its address is private");
  EXPECT_EQ(deliveries.retry(actor, other, queued.id).error().fault, Fault::not_found);
  ASSERT_TRUE(deliveries.retry(actor, shop, queued.id).has_value());
  courier.answer = {};
  send();
  EXPECT_EQ(state_of(queued.id).state, DeliveryState::sent);
  EXPECT_EQ(deliveries.retry(actor, shop, queued.id).error().fault, Fault::conflict);
}

// As a process that dies between sending and noting the outcome.
TEST_F(DeliveriesTest, AnAttemptThatWasNeverNotedIsMadeAgainAfterItsLease) {
  const auto queued = queue_test(make_config());
  const auto claimed = services.store->write([&](Records& records) -> Status {
    DeliveryRecord claim = queued;
    claim.attempts_count = 1;
    claim.next_attempt_unix_seconds = services.clock.now().unix_seconds + kDeliveryLeaseSeconds;
    return records.deliveries().update(claim);
  });
  ASSERT_TRUE(claimed.has_value());
  send();
  EXPECT_THAT(courier.delivered, SizeIs(0));
  services.clock.advance_seconds(kDeliveryLeaseSeconds);
  send();
  ASSERT_THAT(courier.delivered, SizeIs(1));
  EXPECT_EQ(courier.delivered[0].delivery.idempotency_id, queued.idempotency_id);
  EXPECT_EQ(courier.delivered[0].delivery.attempts_count, 2u);
}

TEST_F(DeliveriesTest, AReceiverIsAskedOnceAtATimeAndDoesNotHoldUpOthers) {
  const auto slow = make_config();
  const auto quick = make_config();
  for (int i = 0; i < 5; ++i) queue_test(slow);
  queue_test(quick);
  send();
  std::map<DeliveryConfigId, int> counts;
  for (const Parcel& parcel : courier.delivered) ++counts[parcel.config.id];
  EXPECT_EQ(counts[slow], 1);
  EXPECT_EQ(counts[quick], 1);
  for (int i = 0; i < 4; ++i) send();
  EXPECT_THAT(courier.delivered, SizeIs(6));
}

TEST_F(DeliveriesTest, DeletingTheConfigurationCancelsWhatWaits) {
  const auto config = make_config();
  const auto queued = queue_test(config);
  EXPECT_EQ(deliveries.remove_config(actor, other, config).error().fault, Fault::not_found);
  ASSERT_TRUE(deliveries.remove_config(actor, shop, config).has_value());
  send();
  EXPECT_THAT(courier.delivered, SizeIs(0));
  EXPECT_EQ(state_of(queued.id).state, DeliveryState::cancelled);
  EXPECT_EQ(deliveries.find_config(shop, config).error().fault, Fault::not_found);
}

TEST_F(DeliveriesTest, AConfigurationThatAlertsDeliverToStays) {
  const auto config = make_config();
  ASSERT_TRUE(services.store
                  ->write([&](Records& records) {
                    return records.alerts().insert({.id = 1, .scope = shop, .config = config});
                  })
                  .has_value());
  EXPECT_EQ(deliveries.remove_config(actor, shop, config).error().fault, Fault::conflict);
}

TEST_F(DeliveriesTest, AWebhookHasASecretWhichTheDatabaseHasSealed) {
  const auto made = deliveries.create_config(
      actor, shop, {.channel = DeliveryChannel::webhook, .webhook_url = "https://example.org/x"});
  ASSERT_TRUE(made.has_value());
  EXPECT_THAT(made->secret, MatchesRegex("[0-9a-f]{64}"));
  EXPECT_THAT(made->record.sealed_secret, testing::Not(HasSubstr(made->secret)));
  EXPECT_EQ(deliveries.configs(shop)->at(0).secret, made->secret);
  queue_test(made->record.id);
  send();
  EXPECT_EQ(courier.delivered.at(0).secret, made->secret);
}

TEST_F(DeliveriesTest, AddressesAreChecked) {
  using enum DeliveryChannel;
  const std::string long_path(kDeliveryAddressBytesMax, 'x');
  const std::vector<NewDeliveryConfig> wrong = {
      {.email = ""},
      {.email = "ann"},
      {.email = "@example.org"},
      {.email = "ann@"},
      {.email = "a@b@c"},
      {.email = "a b@example.org"},
      {.email = "a@example.org\r\nBcc: x@example.org"},
      {.email = "<a@example.org>"},
      {.email = "a@example.org", .webhook_url = "https://example.org"},
      {.channel = slack, .email = "a@example.org", .slack_url = "https://example.org"},
      {.channel = slack},
      {.channel = slack, .slack_url = "https://example.org/x", .slack_channel = "a b"},
      {.channel = webhook},
      {.channel = webhook, .webhook_url = "ftp://example.org"},
      {.channel = webhook, .webhook_url = "https://"},
      {.channel = webhook, .webhook_url = "https:///path"},
      {.channel = webhook, .webhook_url = "https://user:password@example.org/"},
      {.channel = webhook, .webhook_url = "https://example.org/a b"},
      {.channel = webhook, .webhook_url = "https://example.org/#x"},
      {.channel = webhook, .webhook_url = "https://example.org/" + long_path},
      {.channel = webhook, .webhook_url = "https://example.org", .wants_invoices = true},
  };
  for (const NewDeliveryConfig& one : wrong) {
    const auto made = deliveries.create_config(actor, shop, one);
    ASSERT_FALSE(made.has_value()) << one.email << one.slack_url << one.webhook_url;
    EXPECT_EQ(made.error().fault, Fault::invalid);
  }
  make_config(
      {.channel = slack, .slack_url = "https://hooks.example.org/a?b", .slack_channel = "#x"});
  make_config({.channel = webhook, .webhook_url = "http://10.0.0.1:8080/x@y"});
}

TEST_F(DeliveriesTest, ThereIsRoomForSoManyConfigurations) {
  for (size_t i = 0; i < kDeliveryConfigsMax; ++i) make_config();
  EXPECT_EQ(deliveries.create_config(actor, shop, {.email = "a@example.org"}).error().fault,
            Fault::conflict);
  EXPECT_TRUE(deliveries.create_config(actor, other, {.email = "a@example.org"}).has_value());
}

TEST_F(DeliveriesTest, WhatEndedIsDroppedWhenItIsOldAndWhatWaitsIsNot) {
  queue_test(make_config());
  send();
  services.clock.advance_seconds(kDeliveryKeptSeconds + 1);
  queue_test(make_config());
  ASSERT_TRUE(deliveries.prune(services.clock.now()).has_value());
  EXPECT_THAT(*deliveries.list(shop, {.count_max = 10}), SizeIs(1));
}

}  // namespace
}  // namespace cachery::control
