#include "control/alert_measurements.h"

#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

using tenant::Counter;

struct AlertMeasurementsTest : testing::Test {
  std::optional<AlertMeasures> look(tenant::CacheId id) {
    const int64_t now = services.clock.now().unix_seconds;
    const auto found = measurements.of_cache(id, {now - kAlertWindowSeconds, now});
    EXPECT_TRUE(found) << found.error().detail;
    return found.value_or(std::nullopt);
  }
  // A minute in which so much was asked of the cache.
  AlertMeasures minute(uint64_t more_hits, uint64_t more_misses) {
    services.clock.advance_seconds(60);
    hits += more_hits;
    misses += more_misses;
    services.node.set_counter(cache, Counter::get_hits, hits);
    services.node.set_counter(cache, Counter::get_misses, misses);
    services.node.set_counter(cache, Counter::bytes, hits);
    return look(cache).value();
  }

  ServicesFixture services;
  const tenant::CacheId cache = services.make_cache("shop").cache.id;
  NodeMeasurements measurements{services.node, services.publisher, {}};
  uint64_t hits = 0;
  uint64_t misses = 0;
};

TEST_F(AlertMeasurementsTest, AddUpTheWindowAndForgetWhatWasBefore) {
  EXPECT_EQ(minute(1'000, 0).covered_seconds, 0) << "the first look is nobody's growth";
  const AlertMeasures one = minute(10, 30);
  EXPECT_EQ(one.covered_seconds, 60);
  EXPECT_EQ(one.get_hits, 10u);
  EXPECT_EQ(one.get_misses, 30u);
  for (int i = 0; i < 4; ++i) minute(10, 0);
  const AlertMeasures whole = minute(10, 0);
  EXPECT_EQ(whole.covered_seconds, kAlertWindowSeconds);
  EXPECT_EQ(whole.get_hits, 50u);
  EXPECT_EQ(whole.get_misses, 0u) << "they were asked six minutes ago";
  EXPECT_EQ(whole.bytes, (1'020 + 1'030 + 1'040 + 1'050 + 1'060) / 5.0);
  EXPECT_EQ(whole.limit_bytes, 28'835'840u);
  EXPECT_EQ(whole.connections_max, 500u);
}

TEST_F(AlertMeasurementsTest, CountersThatWereResetCountFromTheReset) {
  minute(1'000, 0);
  hits = 0;
  EXPECT_EQ(minute(7, 5).get_hits, 0u) << "less than before: nobody knows how much of it is new";
  EXPECT_EQ(minute(7, 5).get_hits, 7u);
}

TEST_F(AlertMeasurementsTest, ACacheThatIsGoneAndAClockThatIsSetBackSayNothing) {
  EXPECT_FALSE(look(cache + 1));
  minute(10, 0);
  minute(10, 0);
  services.clock.advance_seconds(-3'600);
  EXPECT_EQ(look(cache).value().covered_seconds, 0);
  EXPECT_EQ(minute(10, 0).covered_seconds, 60);
}

}  // namespace
}  // namespace cachery::control
