#include "control/invoices.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/alerts_fixture.h"
#include "control/db/services_fixture.h"
#include "control/deliveries.h"
#include "control/metering.h"

namespace cachery::control {
namespace {

using std::chrono::year;
using testing::HasSubstr;
using testing::SizeIs;

constexpr BillingMonth kJanuary = year{2024} / 1;
constexpr BillingMonth kFebruary = year{2024} / 2;

struct InvoicesTest : testing::Test {
  InvoicesTest() { go_to(start_of(kJanuary)); }

  void go_to(int64_t unix_seconds) {
    services.clock.advance_seconds(unix_seconds - services.clock.now().unix_seconds);
  }
  void add(tenant::CacheId cache, uint64_t team, int64_t price, int64_t at,
           bool is_charged = true) {
    const auto done = services.store->write([&](Records& records) -> Status {
      const auto id = records.next(kUsageEventIds);
      if (!id) return std::unexpected(id.error());
      return records.usage().insert({.id = *id,
                                     .cache = cache,
                                     .cache_name = "shop",
                                     .team = team,
                                     .plan = "100",
                                     .price_minor = price,
                                     .is_charged = is_charged,
                                     .at_unix_seconds = at});
    });
    ASSERT_TRUE(done.has_value()) << done.error().detail;
  }
  void close() {
    const auto done = invoices.close_ended(services.clock.now());
    ASSERT_TRUE(done.has_value()) << done.error().detail;
  }
  std::vector<InvoiceRecord> listed() { return *invoices.list({.count_max = 100}); }

  ServicesFixture services;
  Invoices invoices{*services.store, "USD", services.clock};
};

TEST_F(InvoicesTest, AMonthIsClosedAfterItsEndOnce) {
  add(100'001, 0, 1500, start_of(kJanuary));
  go_to(end_of(kJanuary) + kInvoiceGraceSeconds - 1);
  close();
  EXPECT_THAT(listed(), SizeIs(0));
  EXPECT_EQ(invoices.export_month(kJanuary).error().fault, Fault::conflict);
  go_to(end_of(kJanuary) + kInvoiceGraceSeconds);
  close();
  close();
  ASSERT_THAT(listed(), SizeIs(1));
  EXPECT_EQ(listed()[0].month, kJanuary);
  EXPECT_EQ(listed()[0].total_minor, 1500);
  EXPECT_EQ(listed()[0].currency, "USD");
  EXPECT_EQ(listed()[0].closed_unix_seconds, services.clock.now().unix_seconds);
}

TEST_F(InvoicesTest, MonthsThatWereMissedAreAllClosedAlsoThoseWithoutUsage) {
  add(100'001, 0, 1500, start_of(kJanuary) + 5);
  add(100'001, 0, 1500, start_of(kFebruary), false);
  add(100'002, 0, 3100, start_of(year{2024} / 4));
  go_to(start_of(year{2024} / 6));
  close();
  ASSERT_THAT(listed(), SizeIs(2));
  EXPECT_EQ(listed()[1].month, kJanuary);
  EXPECT_EQ(listed()[0].month, year{2024} / 4);
  EXPECT_THAT(*invoices.export_month(kFebruary), SizeIs(0));
  go_to(start_of(year{2024} / 6) + kInvoiceGraceSeconds);
  close();
  EXPECT_THAT(listed(), SizeIs(3));
}

TEST_F(InvoicesTest, ThereIsOneATeamWithALineACacheAndItsTotalIsTheirSum) {
  add(100'001, 7, 1500, start_of(kJanuary));
  add(100'002, 7, 2501, start_of(kJanuary) + 100 * 3600);
  add(100'003, 8, 4000, start_of(kJanuary));
  go_to(start_of(kFebruary) + kInvoiceGraceSeconds);
  close();
  const auto closed = invoices.export_month(kJanuary);
  ASSERT_TRUE(closed.has_value()) << closed.error().detail;
  ASSERT_THAT(*closed, SizeIs(2));
  EXPECT_EQ(closed->at(0).record.team, 7u);
  ASSERT_THAT(closed->at(0).lines, SizeIs(2));
  EXPECT_EQ(closed->at(0).record.total_minor, total_minor(closed->at(0).lines));
  EXPECT_EQ(closed->at(0).record.total_minor, 1500 + (2501 * 644 * 2 + 744) / (2 * 744));
  EXPECT_EQ(closed->at(1).record.total_minor, 4000);
  EXPECT_THAT(*invoices.list({.team = 8, .count_max = 10}), SizeIs(1));
  EXPECT_THAT(*invoices.list({.month = kFebruary, .count_max = 10}), SizeIs(0));
  EXPECT_THAT(*invoices.list({.before = listed()[0].id, .count_max = 10}), SizeIs(1));
}

TEST_F(InvoicesTest, WhatIsNotedLaterDoesNotChangeAClosedOne) {
  add(100'001, 7, 1500, start_of(kJanuary));
  go_to(start_of(kFebruary) + kInvoiceGraceSeconds);
  close();
  const auto before = invoices.find(listed()[0].id);
  ASSERT_TRUE(before.has_value()) << before.error().detail;
  add(100'001, 7, 9999, start_of(kJanuary) + 5);
  close();
  const auto after = invoices.find(listed()[0].id);
  EXPECT_EQ(after->record.total_minor, before->record.total_minor);
  EXPECT_EQ(after->lines, before->lines);
}

TEST_F(InvoicesTest, EveryFieldIsUnderTheDigest) {
  const Invoice invoice{.record = {.id = 1,
                                   .team = 7,
                                   .team_name = "acme",
                                   .month = kJanuary,
                                   .currency = "USD",
                                   .total_minor = 1500,
                                   .closed_unix_seconds = 9},
                        .lines = {{.cache = 100'001,
                                   .cache_name = "shop",
                                   .plan = "100",
                                   .price_minor = 1500,
                                   .hours = 744,
                                   .month_hours = 744,
                                   .amount_minor = 1500}}};
  const std::vector<void (*)(Invoice&)> changes = {
      [](Invoice& i) { ++i.record.id; },
      [](Invoice& i) { ++i.record.team; },
      [](Invoice& i) { i.record.team_name = "acne"; },
      [](Invoice& i) { i.record.month = kFebruary; },
      [](Invoice& i) { i.record.currency = "EUR"; },
      [](Invoice& i) { --i.record.total_minor; },
      [](Invoice& i) { ++i.record.closed_unix_seconds; },
      [](Invoice& i) { i.lines.clear(); },
      [](Invoice& i) { ++i.lines[0].cache; },
      [](Invoice& i) { i.lines[0].cache_name = "shoq"; },
      [](Invoice& i) { i.lines[0].plan = "101"; },
      [](Invoice& i) { ++i.lines[0].price_minor; },
      [](Invoice& i) { --i.lines[0].hours; },
      [](Invoice& i) { --i.lines[0].month_hours; },
      [](Invoice& i) { --i.lines[0].amount_minor; },
  };
  EXPECT_EQ(digest_of(invoice).size(), 64u);
  for (size_t i = 0; i < changes.size(); ++i) {
    Invoice changed = invoice;
    changes[i](changed);
    EXPECT_NE(digest_of(changed), digest_of(invoice)) << i;
  }
}

TEST_F(InvoicesTest, APreviewIsWhatTheMonthHasCostSoFar) {
  add(100'001, 7, 744, start_of(kJanuary));
  go_to(start_of(kJanuary) + 10 * 3600);
  const auto preview = invoices.preview();
  ASSERT_TRUE(preview.has_value());
  ASSERT_THAT(*preview, SizeIs(1));
  EXPECT_EQ(preview->at(0).record.total_minor, 10);
  EXPECT_EQ(preview->at(0).record.id, 0u);
  EXPECT_THAT(listed(), SizeIs(0));
}

TEST_F(InvoicesTest, WhoeverWantsInvoicesIsToldEachInTheTransactionThatClosesIt) {
  AnsweringCourier courier;
  Deliveries deliveries{*services.store, services.sealer, courier, services.audit,
                                 services.clock};
  const auto config = deliveries.create_config(Actor{}, kInstallation,
                                               {.channel = DeliveryChannel::webhook,
                                                .webhook_url = "https://pay.example.org/",
                                                .wants_invoices = true});
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  add(100'001, 7, 1500, start_of(kJanuary));
  add(100'002, 8, 1500, start_of(kJanuary));
  go_to(start_of(kFebruary) + kInvoiceGraceSeconds);
  close();
  const auto told = deliveries.list(kInstallation, {.count_max = 10});
  ASSERT_THAT(*told, SizeIs(2));
  EXPECT_EQ(told->at(0).kind, DeliveryKind::invoice_closed);
  EXPECT_EQ(told->at(0).subject, listed()[0].id);
}

struct MeteringTest : InvoicesTest {
  std::vector<UsageEvent> noted() {
    std::vector<UsageEvent> events;
    static_cast<void>(services.store->read([&](Records& records) -> Status {
      events = *records.usage().between(0, INT64_MAX);
      return {};
    }));
    std::ranges::sort(events, {}, &UsageEvent::id);
    return events;
  }
  void reconcile() {
    const auto done = metering.reconcile(services.clock.now());
    ASSERT_TRUE(done.has_value()) << done.error().detail;
  }

  void set_price(uint64_t price) {
    const auto done = services.plans.update(services.actor, "100", {.price_minor_units = price});
    ASSERT_TRUE(done.has_value()) << done.error().detail;
  }
  Metering metering{*services.store};
};

TEST_F(MeteringTest, EveryChangeOfWhatACacheCostsIsNotedByWhoMakesIt) {
  set_price(1500);
  const CacheId cache = services.make_cache("shop", "100").cache.id;
  const auto change = [&](const CachePatch& patch) {
    services.clock.advance_seconds(60);
    ASSERT_TRUE(services.caches.update(services.actor, cache, patch).has_value());
  };
  change({.size = CacheSize{.plan = "250"}});
  change({.name = "store"});
  change({.size = CacheSize{.mib = 7}});
  change({.size = CacheSize{.plan = "100"}});
  services.clock.advance_seconds(60);
  set_price(1600);
  ASSERT_TRUE(services.caches.remove(services.actor, cache).has_value());
  ASSERT_TRUE(services.caches.restore(services.actor, cache).has_value());
  ASSERT_TRUE(services.caches.purge(services.actor, cache).has_value());
  std::vector<std::string> states;
  for (const UsageEvent& event : noted()) {
    states.push_back(fmt::format("{} {} {} {}", event.cache_name, event.plan, event.price_minor,
                                 event.is_charged));
  }
  const uint64_t price_of_250 = services.plans.find("250")->price_minor_units;
  EXPECT_THAT(states, testing::ElementsAre(
                          "shop 100 1500 true", fmt::format("shop 250 {} true", price_of_250),
                          fmt::format("store 250 {} true", price_of_250), "store custom 0 true",
                          "store 100 1500 true", "store 100 1600 true", "store 100 1600 false",
                          "store 100 1600 true", "store 100 1600 false"));
  reconcile();
  EXPECT_THAT(noted(), SizeIs(9)) << "the job finds nothing that was missed";
}

TEST_F(MeteringTest, AStateIsNotedOnceAndAChangeOfItAgain) {
  services.make_cache("shop", "100");
  reconcile();
  reconcile();
  EXPECT_THAT(noted(), SizeIs(1));
}

TEST_F(MeteringTest, TimeNeverGoesBackForACache) {
  services.make_cache("shop", "100");
  const int64_t first = services.clock.now().unix_seconds;
  services.clock.advance_seconds(-500);
  set_price(1600);
  ASSERT_THAT(noted(), SizeIs(2));
  EXPECT_EQ(noted()[1].at_unix_seconds, first);
}

TEST_F(MeteringTest, ADisabledCacheIsChargedOn) {
  const auto made = services.make_cache("shop", "100");
  const CachePatch disable{.is_enabled = false};
  ASSERT_TRUE(services.caches.update(services.actor, made.cache.id, disable).has_value());
  reconcile();
  ASSERT_THAT(noted(), SizeIs(1));
  EXPECT_TRUE(noted()[0].is_charged);
}

TEST_F(MeteringTest, ACacheIsChargedToTheHourOfItsEnd) {
  set_price(744);
  const auto made = services.make_cache("shop", "100");
  services.clock.advance_seconds(90 * 60);
  ASSERT_TRUE(services.caches.remove(services.actor, made.cache.id).has_value());
  services.clock.advance_seconds(86'400);
  reconcile();
  ASSERT_THAT(noted(), SizeIs(2));
  EXPECT_FALSE(noted()[1].is_charged);
  EXPECT_EQ(invoices.preview()->at(0).record.total_minor, 2);
}

TEST_F(MeteringTest, WhatNobodyNotedIsFoundByTheJob) {
  const auto made = services.make_cache("shop", "100");
  const auto write = [&](const Store::Work& work) {
    ASSERT_TRUE(services.store->write(work).has_value());
    services.clock.advance_seconds(600);
    reconcile();
    reconcile();
  };
  write([&](Records& records) {
    CacheRecord cache = made.cache;
    cache.name = "renamed";
    return records.caches().update(cache);
  });
  ASSERT_THAT(noted(), SizeIs(2));
  EXPECT_EQ(noted()[1].cache_name, "renamed");
  write([&](Records& records) { return records.caches().remove(made.cache.id); });
  ASSERT_THAT(noted(), SizeIs(3));
  EXPECT_FALSE(noted()[2].is_charged);
}

}  // namespace
}  // namespace cachery::control
