#include "control/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/alerts_fixture.h"
#include "control/db/services_fixture.h"
#include "control/deliveries.h"

namespace cachery::control {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class FakeMeasurements final : public AlertMeasurements {
 public:
  Result<std::optional<AlertMeasures>> of_cache(tenant::CacheId,
                                                const TimeWindow& window) override {
    window_seconds = window.seconds();
    return measures;
  }
  std::optional<int64_t> certificate_end_unix_seconds() const override { return certificate_end; }

  void hit_rate(uint64_t percent) {
    measures = AlertMeasures{
        .covered_seconds = 300, .get_hits = percent * 10, .get_misses = (100 - percent) * 10};
  }

  std::optional<AlertMeasures> measures = {};
  std::optional<int64_t> certificate_end = {};
  int64_t window_seconds = 0;
};

struct AlertsTest : testing::Test {
  AlertRecord make_alert(NewAlert wanted = {.threshold = 80}) {
    auto made = alerts.create(actor, shop, wanted);
    EXPECT_TRUE(made.has_value()) << made.error().detail;
    return *made;
  }
  DeliveryConfigId make_config() {
    auto made = deliveries.create_config(actor, shop, {.email = "a@example.org"});
    EXPECT_TRUE(made.has_value()) << made.error().detail;
    return made->record.id;
  }
  void evaluate() {
    services.clock.advance_seconds(60);
    const auto done = alerts.evaluate(services.clock.now());
    EXPECT_TRUE(done.has_value()) << done.error().detail;
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> names;
    const auto events = alerts.events(shop, {.count_max = 100});
    for (const auto& event : *events) names.emplace_back(name_of(event.kind));
    return names;
  }
  std::vector<DeliveryRecord> told() { return *deliveries.list(shop, {.count_max = 100}); }

  const Actor actor{.name = "test"};
  ServicesFixture services;
  const AlertScope shop = services.make_cache("shop").cache.id;
  const AlertScope other = services.make_cache("other").cache.id;
  FakeMeasurements measurements;
  AnsweringCourier courier;
  Deliveries deliveries{*services.store, services.sealer, courier, services.audit,
                                 services.clock};
  Alerts alerts{*services.store, measurements, services.audit, services.clock};
};

TEST_F(AlertsTest, FireOnceAndResolveOnceAndQueueADeliveryEach) {
  make_alert({.threshold = 80, .config = make_config()});
  measurements.hit_rate(90);
  evaluate();
  EXPECT_THAT(kinds(), ElementsAre());
  measurements.hit_rate(70);
  for (int i = 0; i < 5; ++i) evaluate();
  EXPECT_THAT(kinds(), ElementsAre("fired"));
  measurements.hit_rate(81);
  for (int i = 0; i < 5; ++i) evaluate();
  EXPECT_THAT(kinds(), ElementsAre("fired"));
  measurements.hit_rate(90);
  for (int i = 0; i < 5; ++i) evaluate();
  EXPECT_THAT(kinds(), ElementsAre("resolved", "fired"));
  ASSERT_THAT(told(), SizeIs(2));
  EXPECT_EQ(told()[0].kind, DeliveryKind::alert_resolved);
  EXPECT_EQ(told()[1].kind, DeliveryKind::alert_fired);
  EXPECT_EQ(measurements.window_seconds, kAlertWindowSeconds);
  EXPECT_EQ(alerts.period(), std::chrono::seconds(60));
}

TEST_F(AlertsTest, AnEventSaysWhatWasMeasuredWhen) {
  const AlertRecord alert = make_alert({.threshold = 80, .description = "call Ann"});
  measurements.hit_rate(70);
  evaluate();
  const auto events = alerts.events(shop, {.count_max = 10});
  ASSERT_THAT(*events, SizeIs(1));
  EXPECT_EQ(events->at(0).alert, alert.id);
  EXPECT_EQ(events->at(0).value, 70.0);
  EXPECT_EQ(events->at(0).threshold, 80);
  EXPECT_EQ(events->at(0).description, "call Ann");
  EXPECT_EQ(events->at(0).at_unix_seconds, services.clock.now().unix_seconds);
  EXPECT_EQ(alerts.find(shop, alert.id)->state, AlertState::firing);
  EXPECT_THAT(told(), SizeIs(0));  // nobody is to be told
}

TEST_F(AlertsTest, WithoutSamplesOrTrafficNothingHappens) {
  make_alert();
  evaluate();
  measurements.measures = AlertMeasures{.covered_seconds = 300, .get_misses = 10};
  evaluate();
  EXPECT_THAT(kinds(), ElementsAre());
}

TEST_F(AlertsTest, ADisabledOneIsNotWatched) {
  make_alert({.threshold = 80, .is_enabled = false});
  measurements.hit_rate(10);
  evaluate();
  EXPECT_THAT(kinds(), ElementsAre());
}

TEST_F(AlertsTest, ChangingDisablingOrDeletingAFiringOneResolvesIt) {
  const DeliveryConfigId config = make_config();
  measurements.hit_rate(10);
  for (const AlertPatch& patch :
       {AlertPatch{.threshold = 5}, AlertPatch{.is_enabled = false}, AlertPatch{.config = 0}}) {
    const AlertRecord alert = make_alert({.threshold = 80, .config = config});
    evaluate();
    const size_t before = told().size();
    const auto changed = alerts.update(actor, shop, alert.id, patch);
    ASSERT_TRUE(changed.has_value()) << changed.error().detail;
    EXPECT_EQ(changed->state, AlertState::ok);
    EXPECT_EQ(told().size(), before + 1);
    EXPECT_EQ(told()[0].kind, DeliveryKind::alert_resolved);
    ASSERT_TRUE(alerts.remove(actor, shop, alert.id).has_value());
    EXPECT_EQ(told().size(), before + 1);
  }
  const AlertRecord alert = make_alert({.threshold = 80, .config = config});
  evaluate();
  const size_t before = told().size();
  ASSERT_TRUE(alerts.update(actor, shop, alert.id, {.description = "x"}).has_value());
  EXPECT_EQ(told().size(), before);
  ASSERT_TRUE(alerts.remove(actor, shop, alert.id).has_value());
  EXPECT_EQ(told().size(), before + 1);
  EXPECT_EQ(alerts.events(shop, {.count_max = 1})->at(0).reason, AlertEventReason::deleted);
  EXPECT_EQ(alerts.find(shop, alert.id).error().fault, Fault::not_found);
}

TEST_F(AlertsTest, WhatWasChangedWhileItWasJudgedIsNotTurned) {
  const AlertRecord alert = make_alert();
  const auto turn = [&](AlertRecord as_judged) {
    bool is_turned = false;
    const auto done = services.store->write([&](Records& records) -> Status {
      auto turned = records.alerts().turn(as_judged, 5);
      if (!turned) return std::unexpected(turned.error());
      is_turned = *turned;
      return {};
    });
    EXPECT_TRUE(done.has_value());
    return is_turned;
  };
  AlertRecord stale = alert;
  stale.threshold = 70;
  EXPECT_FALSE(turn(stale));
  EXPECT_TRUE(turn(alert));
  EXPECT_FALSE(turn(alert));
}

TEST_F(AlertsTest, TheCertificateIsTheInstallationsAndIsMeasuredInDays) {
  const NewAlert wanted{.trigger = AlertTrigger::certificate_expiry, .threshold = 14};
  EXPECT_EQ(alerts.create(actor, shop, wanted).error().fault, Fault::invalid);
  EXPECT_EQ(alerts.create(actor, kInstallation, {.threshold = 80}).error().fault, Fault::invalid);
  ASSERT_TRUE(alerts.create(actor, kInstallation, wanted).has_value());
  evaluate();
  EXPECT_THAT(*alerts.events(kInstallation, {.count_max = 10}), SizeIs(0));
  measurements.certificate_end = services.clock.now().unix_seconds + 10 * 86'400;
  evaluate();
  ASSERT_THAT(*alerts.events(kInstallation, {.count_max = 10}), SizeIs(1));
  measurements.certificate_end = services.clock.now().unix_seconds + 90 * 86'400;
  evaluate();
  EXPECT_THAT(*alerts.events(kInstallation, {.count_max = 10}), SizeIs(2));
}

TEST_F(AlertsTest, AnotherCachesAlertsAndConfigurationsAreNotThere) {
  const AlertRecord alert = make_alert();
  EXPECT_EQ(alerts.find(other, alert.id).error().fault, Fault::not_found);
  EXPECT_EQ(alerts.update(actor, other, alert.id, {}).error().fault, Fault::not_found);
  EXPECT_EQ(alerts.remove(actor, other, alert.id).error().fault, Fault::not_found);
  EXPECT_EQ(alerts.create(actor, other, {.threshold = 80, .config = make_config()}).error().fault,
            Fault::invalid);
  EXPECT_THAT(*alerts.list(other), SizeIs(0));
}

TEST_F(AlertsTest, WhatIsWrongOrTooMuchIsRefused) {
  EXPECT_EQ(alerts.create(actor, shop, {.threshold = 101}).error().fault, Fault::invalid);
  EXPECT_EQ(alerts.create(actor, shop, {.threshold = 80, .config = 99}).error().fault,
            Fault::invalid);
  const std::string long_text(kAlertDescriptionBytesMax + 1, 'x');
  EXPECT_EQ(alerts.create(actor, shop, {.threshold = 80, .description = long_text}).error().fault,
            Fault::invalid);
  for (size_t i = 0; i < kAlertsMax; ++i) make_alert();
  EXPECT_EQ(alerts.create(actor, shop, {.threshold = 80}).error().fault, Fault::conflict);
}

TEST_F(AlertsTest, EventsAreListedByPageAndDroppedWhenTheyAreOld) {
  make_alert();
  for (int i = 0; i < 3; ++i) {
    measurements.hit_rate(10);
    evaluate();
    measurements.hit_rate(100);
    evaluate();
  }
  const auto first = alerts.events(shop, {.count_max = 4});
  ASSERT_THAT(*first, SizeIs(4));
  EXPECT_THAT(*alerts.events(shop, {.before = first->back().id, .count_max = 4}), SizeIs(2));
  ASSERT_TRUE(alerts.prune(services.clock.now()).has_value());
  EXPECT_THAT(kinds(), SizeIs(6));
  services.clock.advance_seconds(kAlertEventsKeptSeconds);
  ASSERT_TRUE(alerts.prune(services.clock.now()).has_value());
  EXPECT_THAT(kinds(), SizeIs(1));
}

}  // namespace
}  // namespace cachery::control
