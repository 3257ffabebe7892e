#include "control/charges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace cachery::control {
namespace {

using std::chrono::year;

constexpr int64_t kHour = 3600;
constexpr BillingMonth kFebruary = year{2024} / 2;  // 696 hours: a leap year
constexpr BillingMonth kMarch = year{2024} / 3;     // 744

UsageEvent on(int64_t at, std::string plan, int64_t price, uint64_t team = 1) {
  static uint64_t id = 0;
  return {.id = ++id,
          .cache = 100'001,
          .cache_name = "shop",
          .team = team,
          .plan = std::move(plan),
          .price_minor = price,
          .at_unix_seconds = at};
}

UsageEvent off(int64_t at) {
  UsageEvent event = on(at, "100", 0);
  event.is_charged = false;
  return event;
}

std::vector<ChargeLine> whole(BillingMonth month, const std::vector<UsageEvent>& events) {
  return charge(month, end_of(month), events);
}

TEST(Charges, AFullMonthCostsExactlyThePriceWhateverItsLength) {
  for (const BillingMonth month :
       {year{2023} / 2, year{2024} / 2, year{2024} / 4, year{2024} / 12}) {
    for (const int64_t price : {int64_t{0}, int64_t{1}, int64_t{1500}, int64_t{80'001}}) {
      const auto lines = whole(month, {on(0, "100", price)});
      ASSERT_EQ(lines.size(), 1u);
      EXPECT_EQ(lines[0].amount_minor, price) << name_of(month);
      EXPECT_EQ(lines[0].hours, hours_in(month));
    }
  }
}

TEST(Charges, AnHourIsChargedFromItsFirstSecondToItsLast) {
  const int64_t start = start_of(kMarch);
  EXPECT_EQ(whole(kMarch, {on(start, "100", 744), off(start + 1)})[0].hours, 1);
  EXPECT_EQ(whole(kMarch, {on(start, "100", 744), off(start + kHour)})[0].hours, 1);
  EXPECT_EQ(whole(kMarch, {on(start, "100", 744), off(start + kHour + 1)})[0].hours, 2);
  EXPECT_EQ(whole(kMarch, {on(start + kHour - 1, "100", 744), off(start + kHour + 1)})[0].hours, 2);
  EXPECT_EQ(whole(kMarch, {on(start + 5, "100", 744), off(start + 5)})[0].hours, 1);
}

TEST(Charges, AMonthEndBelongsToOneMonthOnly) {
  const int64_t border = start_of(kMarch);
  const std::vector<UsageEvent> events = {on(border - 1, "100", 696), off(border + 1)};
  EXPECT_EQ(whole(kFebruary, events)[0].hours, 1);
  EXPECT_EQ(whole(kMarch, events)[0].hours, 1);
  const std::vector<UsageEvent> until_border = {on(border - kHour, "100", 696), off(border)};
  EXPECT_EQ(whole(kFebruary, until_border)[0].hours, 1);
  EXPECT_TRUE(whole(kMarch, until_border).empty());
  EXPECT_TRUE(whole(year{2024} / 4, events).empty());
}

TEST(Charges, AnHourWithAChangeOfPlanCostsByTheDearer) {
  const int64_t start = start_of(kMarch);
  for (const bool is_upgrade : {true, false}) {
    const auto first = is_upgrade ? on(start, "100", 744) : on(start, "500", 7440);
    const auto then =
        is_upgrade ? on(start + 90 * 60, "500", 7440) : on(start + 90 * 60, "100", 744);
    const auto lines = whole(kMarch, {first, then, off(start + 3 * kHour)});
    ASSERT_EQ(lines.size(), 2u);
    std::map<std::string, int64_t> hours;
    for (const auto& line : lines) hours[line.plan] = line.hours;
    EXPECT_EQ(hours["500"], 2) << is_upgrade;
    EXPECT_EQ(hours["100"], 1) << is_upgrade;
  }
}

TEST(Charges, AChangeOnTheHourLeavesTheHourBeforeAsItWas) {
  const int64_t start = start_of(kMarch);
  const auto lines = whole(
      kMarch, {on(start, "100", 744), on(start + kHour, "500", 7440), off(start + 2 * kHour)});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].plan, "100");
  EXPECT_EQ(lines[0].amount_minor, 1);
  EXPECT_EQ(lines[1].amount_minor, 10);
}

TEST(Charges, HoursWhileDeletedAreFreeAndARestoredCacheIsChargedAgain) {
  const int64_t start = start_of(kMarch);
  const auto lines = whole(kMarch, {on(start, "100", 744), off(start + kHour),
                                    on(start + 5 * kHour, "100", 744), off(start + 6 * kHour)});
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].hours, 2);
}

TEST(Charges, OfEqualPricesTheEarlierTeamPaysTheHour) {
  const int64_t start = start_of(kMarch);
  const auto lines = whole(
      kMarch, {on(start, "100", 744, 1), on(start + 10, "100", 744, 2), off(start + 2 * kHour)});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].team, 1u);
  EXPECT_EQ(lines[0].hours, 1);
  EXPECT_EQ(lines[1].team, 2u);
  EXPECT_EQ(lines[1].hours, 1);
}

TEST(Charges, RoundingIsHalfUpOnceForACacheAndALineThatLostMostGetsTheUnit) {
  const int64_t start = start_of(kMarch);
  // 372 of 744 hours at 15 are 7.5 each: 15 together, not 16.
  const auto lines = whole(kMarch, {on(start, "a", 15), on(start + 372 * kHour, "b", 15)});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(total_minor(lines), 15);
  EXPECT_EQ(lines[0].amount_minor, 8);  // of equal losses the earlier line
  EXPECT_EQ(lines[1].amount_minor, 7);
  const auto half = whole(kMarch, {on(start, "a", 1), off(start + 372 * kHour)});
  EXPECT_EQ(half[0].amount_minor, 1);
  const auto less = whole(kMarch, {on(start, "a", 1), off(start + 371 * kHour)});
  EXPECT_EQ(less[0].amount_minor, 0);
}

TEST(Charges, APreviewCountsUpToNow) {
  const int64_t start = start_of(kMarch);
  const std::vector<UsageEvent> events = {on(0, "100", 744), off(start + 100 * kHour)};
  EXPECT_EQ(charge(kMarch, start + 10 * kHour, events)[0].hours, 10);
  EXPECT_EQ(charge(kMarch, start + 10 * kHour + 1, events)[0].hours, 11);
  EXPECT_TRUE(charge(kMarch, start, events).empty());
}

TEST(Charges, TheLastNameOfTheMonthIsOnEveryLine) {
  auto renamed = on(start_of(kMarch) + kHour, "500", 7440);
  renamed.cache_name = "store";
  auto later = on(end_of(kMarch), "500", 7440);
  later.cache_name = "next month";
  for (const auto& line : whole(kMarch, {on(0, "100", 744), renamed, later})) {
    EXPECT_EQ(line.cache_name, "store");
  }
}

std::vector<UsageEvent> random_events(std::mt19937_64& random) {
  const std::vector<std::pair<std::string, int64_t>> plans = {
      {"dev", 0}, {"100", 1500}, {"250", 2501}, {"500", 4003}, {"odd", 7}};
  std::vector<UsageEvent> events;
  const int count = 1 + static_cast<int>(random() % 60);
  for (int i = 0; i < count; ++i) {
    const auto& [plan, price] = plans[random() % plans.size()];
    // Whole hours, the same second and the borders of months come up often.
    int64_t at = start_of(kFebruary) - 5 * kHour + static_cast<int64_t>(random() % (1600 * kHour));
    if (random() % 4 == 0) at -= at % kHour;
    if (random() % 8 == 0 && !events.empty()) at = events.back().at_unix_seconds;
    UsageEvent event = on(at, plan, price, 1 + random() % 3);
    event.cache = 100'001 + static_cast<tenant::CacheId>(random() % 4);
    event.is_charged = random() % 5 != 0;
    events.push_back(event);
  }
  return events;
}

// What the rule says, second by second where something happens, without any of its code: the
// dearest plan of each hour.
double exact_sum(BillingMonth month, tenant::CacheId cache, std::vector<UsageEvent> events) {
  std::erase_if(events, [&](const UsageEvent& event) { return event.cache != cache; });
  std::ranges::sort(events, {}, [](const UsageEvent& event) {
    return std::pair(event.at_unix_seconds, event.id);
  });
  double sum = 0;
  for (int64_t hour = start_of(month); hour < end_of(month); hour += kHour) {
    int64_t dearest = 0;
    const UsageEvent* at_start = nullptr;
    for (const UsageEvent& event : events) {
      const bool is_inside = event.at_unix_seconds >= hour && event.at_unix_seconds < hour + kHour;
      if (event.at_unix_seconds < hour) at_start = &event;
      if (is_inside && event.is_charged) dearest = std::max(dearest, event.price_minor);
    }
    const bool is_replaced_at_once = std::ranges::any_of(
        events, [&](const UsageEvent& event) { return event.at_unix_seconds == hour; });
    if (at_start != nullptr && at_start->is_charged && !is_replaced_at_once) {
      dearest = std::max(dearest, at_start->price_minor);
    }
    sum += static_cast<double>(dearest) / static_cast<double>(hours_in(month));
  }
  return sum;
}

TEST(Charges, AnyOrderOfEventsGivesTheSameLinesWhichAreTheExactSumRoundedOnceATeam) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 60; ++round) {
    auto events = random_events(random);
    const auto february = whole(kFebruary, events);
    const auto march = whole(kMarch, events);
    std::map<std::pair<tenant::CacheId, uint64_t>, int64_t> billed;
    std::map<tenant::CacheId, int> teams;
    std::map<tenant::CacheId, int64_t> by_cache;
    for (const ChargeLine& line : march) {
      if (billed.emplace(std::pair(line.cache, line.team), 0).second) ++teams[line.cache];
      by_cache[line.cache] += line.amount_minor;
      const double exact = static_cast<double>(line.price_minor * line.hours) / 744;
      EXPECT_LT(std::abs(static_cast<double>(line.amount_minor) - exact), 1.0);
    }
    for (const auto& [cache, amount] : by_cache) {
      EXPECT_LE(std::abs(static_cast<double>(amount) - exact_sum(kMarch, cache, events)),
                0.5 * teams[cache] + 1e-6);
    }
    std::ranges::shuffle(events, random);
    EXPECT_EQ(whole(kFebruary, events), february);
    EXPECT_EQ(whole(kMarch, events), march);
  }
}

}  // namespace
}  // namespace cachery::control
