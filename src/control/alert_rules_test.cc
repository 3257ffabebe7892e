#include "control/alert_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace cachery::control {
namespace {

using enum AlertTrigger;
using enum AlertState;

AlertMeasures measures() {
  return {.covered_seconds = 300,
          .get_hits = 700,
          .get_misses = 300,
          .evictions = 50,
          .auth_errors = 10,
          .bytes = 50,
          .connections = 9,
          .limit_bytes = 200,
          .connections_max = 10};
}

TEST(AlertRules, MeasureEachTriggerInItsUnit) {
  EXPECT_EQ(measure(hit_rate, measures()), 70.0);
  EXPECT_EQ(measure(memory_usage, measures()), 25.0);
  EXPECT_EQ(measure(eviction_rate, measures()), 10.0);
  EXPECT_EQ(measure(connection_usage, measures()), 90.0);
  EXPECT_EQ(measure(auth_error_rate, measures()), 2.0);
  EXPECT_EQ(measure(certificate_expiry, measures()), std::nullopt);
}

TEST(AlertRules, TooLittleTrafficOrTimeSaysNothing) {
  AlertMeasures few = measures();
  few.get_hits = 0;
  few.get_misses = kAlertGetsMin - 1;
  EXPECT_EQ(measure(hit_rate, few), std::nullopt);
  few.get_misses = kAlertGetsMin;
  EXPECT_EQ(measure(hit_rate, few), 0.0);
  AlertMeasures young = measures();
  young.covered_seconds = alert_coverage_seconds_min(kAlertWindowSeconds) - 1;
  for (const AlertTriggerRow& row : alert_triggers()) {
    EXPECT_EQ(measure(row.trigger, young), std::nullopt) << row.name;
  }
  AlertMeasures unlimited = measures();
  unlimited.connections_max = 0;
  EXPECT_EQ(measure(connection_usage, unlimited), std::nullopt);
}

TEST(AlertRules, FireStrictlyPastTheThreshold) {
  EXPECT_EQ(judge(hit_rate, 80, ok, 80.0), ok);
  EXPECT_EQ(judge(hit_rate, 80, ok, 79.9), firing);
  EXPECT_EQ(judge(memory_usage, 90, ok, 90.0), ok);
  EXPECT_EQ(judge(memory_usage, 90, ok, 90.1), firing);
  EXPECT_EQ(judge(eviction_rate, 0, ok, 0.0), ok);
  EXPECT_EQ(judge(eviction_rate, 0, ok, 0.2), firing);
}

TEST(AlertRules, ResolveOnlyPastTheMargin) {
  EXPECT_EQ(judge(hit_rate, 80, firing, 81.9), firing);
  EXPECT_EQ(judge(hit_rate, 80, firing, 82.0), ok);
  EXPECT_EQ(judge(memory_usage, 90, firing, 88.1), firing);
  EXPECT_EQ(judge(memory_usage, 90, firing, 88.0), ok);
  EXPECT_EQ(judge(eviction_rate, 100, firing, 90.1), firing);
  EXPECT_EQ(judge(eviction_rate, 100, firing, 90.0), ok);
  EXPECT_EQ(judge(certificate_expiry, 14, firing, 14.5), firing);
  EXPECT_EQ(judge(certificate_expiry, 14, firing, 15.0), ok);
}

TEST(AlertRules, AtTheEndsOfTheScaleTheyStillResolve) {
  EXPECT_EQ(judge(hit_rate, 100, firing, 100.0), ok);
  EXPECT_EQ(judge(hit_rate, 99, firing, 99.5), firing);
  EXPECT_EQ(judge(hit_rate, 99, firing, 100.0), ok);
  EXPECT_EQ(judge(memory_usage, 1, firing, 0.0), ok);
  EXPECT_EQ(judge(eviction_rate, 0, firing, 0.0), ok);
}

TEST(AlertRules, WithoutAValueTheStateIsKept) {
  EXPECT_EQ(judge(hit_rate, 80, ok, std::nullopt), ok);
  EXPECT_EQ(judge(hit_rate, 80, firing, std::nullopt), firing);
}

TEST(AlertRules, AValueThatSwingsOverTheThresholdRingsOnce) {
  AlertState state = ok;
  std::vector<AlertState> turns;
  for (const double value : {85.0, 79.0, 80.5, 79.5, 81.5, 79.9, 80.0, 85.0, 81.0, 80.0}) {
    const AlertState next = judge(hit_rate, 80, state, value);
    if (next != state) turns.push_back(next);
    state = next;
  }
  EXPECT_THAT(turns, testing::ElementsAre(firing, ok));
}

TEST(AlertRules, NamesAndThresholdsAreChecked) {
  for (const AlertTriggerRow& row : alert_triggers()) {
    EXPECT_EQ(find_alert_trigger(row.name).value(), row.trigger);
    EXPECT_TRUE(check_threshold(row.trigger, 0).has_value());
    EXPECT_TRUE(check_threshold(row.trigger, row.threshold_max).has_value());
    EXPECT_FALSE(check_threshold(row.trigger, row.threshold_max + 1).has_value());
    EXPECT_FALSE(check_threshold(row.trigger, -1).has_value());
  }
  EXPECT_THAT(find_alert_trigger("hits").error().detail, testing::HasSubstr("hit_rate"));
}

}  // namespace
}  // namespace cachery::control
