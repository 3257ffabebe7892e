#include "control/series.h"

#include <gtest/gtest.h>

#include <string>

namespace cachery::control {
namespace {

using tenant::Counter;

// Every name that the analytics API documents, in its order.
constexpr const char* kDocumented =
    "auth_cmds_rate auth_errors_rate bytes bytes_read_rate bytes_write_rate cas_badval_rate "
    "cas_fraction cas_hit_rate cas_rate connection_rate connections decr_fraction decr_hit_rate "
    "decr_rate delete_fraction delete_hit_rate delete_rate eviction_rate flush_fraction flush_rate "
    "get_expired_rate get_fraction get_hit_rate get_rate hit_rate incr_fraction incr_hit_rate "
    "incr_rate items max_bytes request_rate set_fraction set_rate touch_fraction touch_hit_rate "
    "touch_rate";

struct SeriesTest : testing::Test {
  void set(Counter counter, double value) { span.values[static_cast<size_t>(counter)] = value; }
  std::optional<double> value(const char* name) { return value_of(*find_series(name), span); }

  Span span{.seconds = 60, .has_levels = true};
};

TEST_F(SeriesTest, AreExactlyTheDocumentedOnes) {
  std::string names;
  for (const Series& series : all_series()) {
    if (!names.empty()) names += ' ';
    names += series.name;
    EXPECT_EQ(find_series(series.name), &series);
    EXPECT_FALSE(series.help.empty());
  }
  EXPECT_EQ(names, kDocumented);
  for (const char* name : {"", "hit", "hit_rates", "zzz"}) EXPECT_EQ(find_series(name), nullptr);
}

TEST_F(SeriesTest, FormulasSayWhatIsComputed) {
  EXPECT_EQ(formula_of(*find_series("get_rate")), "cmd_get / seconds");
  EXPECT_EQ(formula_of(*find_series("hit_rate")), "get_hits / (get_hits + get_misses)");
  EXPECT_EQ(formula_of(*find_series("max_bytes")), "limit_maxbytes");
}

TEST_F(SeriesTest, RatesAreASecond) {
  set(Counter::cmd_get, 120);
  set(Counter::incr_hits, 20);
  set(Counter::incr_misses, 10);
  EXPECT_EQ(value("get_rate"), 2.0);
  EXPECT_EQ(value("incr_rate"), 0.5);
  EXPECT_EQ(value("request_rate"), 2.5);
  EXPECT_EQ(value("set_rate"), 0.0);
}

TEST_F(SeriesTest, RatiosOfNothingAreNoValue) {
  EXPECT_EQ(value("hit_rate"), std::nullopt);
  EXPECT_EQ(value("get_fraction"), std::nullopt);
  set(Counter::get_misses, 1);
  EXPECT_EQ(value("hit_rate"), 0.0);
  set(Counter::get_hits, 3);
  EXPECT_EQ(value("hit_rate"), 0.75);
}

TEST_F(SeriesTest, AFractionIsAShareOfAllRequestsAndCasIsNotCountedTwice) {
  set(Counter::cmd_get, 6);
  set(Counter::cmd_set, 2);
  set(Counter::cas_hits, 1);
  EXPECT_EQ(value("get_fraction"), 0.75);
  EXPECT_EQ(value("set_fraction"), 0.25);
  EXPECT_EQ(value("cas_fraction"), 0.125);
}

TEST_F(SeriesTest, LevelsThatAreNotKnownAreNoValue) {
  set(Counter::bytes, 5);
  EXPECT_EQ(value("bytes"), 5.0);
  span.has_levels = false;
  EXPECT_EQ(value("bytes"), std::nullopt);
  EXPECT_EQ(value("get_rate"), 0.0);
  span.seconds = 0;
  EXPECT_EQ(value("get_rate"), std::nullopt);
}

}  // namespace
}  // namespace cachery::control
