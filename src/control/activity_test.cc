#include "control/activity.h"

#include <gtest/gtest.h>

#include "control/db/services_fixture.h"
#include "control/sampler.h"

namespace cachery::control {
namespace {

using tenant::Counter;

constexpr int64_t kStart = 1'700'006'400;  // a whole day
constexpr int64_t kStep = 300;
constexpr tenant::CacheId kBusy = 100'001, kIdle = 100'002, kOther = 100'003;

// Two caches that are used for an hour, one more a second than the other.
struct ActivityTest : testing::Test {
  ActivityTest() {
    services.clock = FakeClock(kStart);
    tenant::CounterValues busy, other;
    for (int i = 0; i <= 3 * 60; ++i) {
      services.node.set_activity({{.node = 0, .caches = {{kBusy, busy}, {kOther, other}}}});
      CHECK(sampler.run(services.clock.now()).has_value());
      services.clock.advance_seconds(20);
      busy[Counter::cmd_get] += 40;
      other[Counter::cmd_get] += 20;
    }
  }
  std::map<tenant::CacheId, StepSpans> activity(std::vector<tenant::CacheId> caches) {
    auto found = read_activity(*services.store, caches, {kStart, kStart + 3600}, kStep);
    CHECK(found.has_value());
    return std::move(*found);
  }

  ServicesFixture services;
  Sampler sampler{*services.store, services.node};
};

TEST_F(ActivityTest, TellsEveryStepOfTheCachesThatWereAskedForAndUsed) {
  const auto found = activity({kBusy, kIdle});
  ASSERT_EQ(found.size(), 1u);
  const StepSpans& spans = found.at(kBusy);
  ASSERT_EQ(spans.size(), 12u);
  for (const Span& span : spans) {
    EXPECT_EQ(span.seconds, 300);
    EXPECT_EQ(value_of(*find_series("get_rate"), span), 2.0);
  }
}

TEST_F(ActivityTest, KnowsNothingOfStepsInWhichNobodySampled) {
  const auto found = read_activity(*services.store, {kBusy}, {kStart + 3000, kStart + 4200}, kStep);
  ASSERT_TRUE(found);
  const StepSpans& spans = found->at(kBusy);
  ASSERT_EQ(spans.size(), 4u);
  EXPECT_EQ(value_of(*find_series("get_rate"), spans[1]), 2.0);
  EXPECT_EQ(value_of(*find_series("get_rate"), spans[3]), std::nullopt);
}

}  // namespace
}  // namespace cachery::control
