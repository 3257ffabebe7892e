#include "control/sampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/db/services_fixture.h"
#include "control/sample_records.h"
#include "control/series_reader.h"

namespace cachery::control {
namespace {

using tenant::Counter;
using tenant::CounterValues;

constexpr int64_t kStart = 1'700'006'400;  // a whole day: 2023-11-15T00:00:00Z
constexpr tenant::CacheId kCache = 100'001;

// A store that can be made to fail as a full disk does: after the work, with nothing kept.
struct FailingStore final : Store {
  Status write(const Work& work) override {
    return real->write([&](Records& records) -> Status {
      if (auto done = work(records); !done) return done;
      return fails ? Status(fail(Fault::unavailable, "the disk is full")) : Status{};
    });
  }
  Status read(const Work& work) override { return real->read(work); }

  std::unique_ptr<Store> real = ServicesFixture::open({});
  bool fails = false;
};

// A sampler under a node that says what it is told, and a clock that is moved by its period.
struct SamplerTest : testing::Test {
  static_assert(kStart % kDaySeconds == 0);

  void tick() {
    node.set_activity({{.node = 0, .caches = {{kCache, values}}}});
    node.set_latencies({latency});
    outcome = sampler.run(clock.now());
    clock.advance_seconds(20);
  }
  // `each` is done before every minute's sample.
  void minutes(int count, const std::function<void()>& each = [] {}) {
    for (int i = 0; i < count; ++i) {
      each();
      for (int j = 0; j < 3; ++j) tick();
    }
  }
  void serve(uint64_t gets) {
    values[Counter::cmd_get] += gets;
    values[Counter::get_hits] += gets / 2;
    values[Counter::get_misses] += gets - gets / 2;
    values[Counter::bytes_read] += gets * 30;
  }
  std::vector<SpanPoint> read(int64_t step, tenant::CacheId cache = kCache) {
    for (const Resolution& resolution : kCounterResolutions) {
      if (resolution.step_seconds != step) continue;
      const int64_t now = clock.now().unix_seconds;
      return merged(
          SeriesReader(*store).spans(cache, {kStart - kDaySeconds, now}, resolution).value());
    }
    return {};
  }
  static double total(const std::vector<SpanPoint>& points, Counter counter) {
    double sum = 0;
    for (const SpanPoint& point : points) sum += point.span.values[static_cast<size_t>(counter)];
    return sum;
  }
  static double value(const char* name, const SpanPoint& point) {
    return value_of(*find_series(name), point.span).value_or(-1);
  }
  uint64_t rows_count() {
    uint64_t count = 0;
    EXPECT_TRUE(store->read([&](Records& records) -> Status {
      for (const Resolution& resolution : kCounterResolutions) {
        count += records.samples().of(kCache, resolution.step_seconds, {0, INT64_MAX})->size();
      }
      return {};
    }));
    return count;
  }

  FakeClock clock{kStart};
  FakeNode node;
  const std::unique_ptr<FailingStore> store = std::make_unique<FailingStore>();
  Sampler sampler{*store, node};
  CounterValues values;
  tenant::NodeLatency latency;
  Status outcome;
};

TEST_F(SamplerTest, WhatWasCountedBeforeTheFirstLookIsNobodysRate) {
  serve(1'000'000);
  minutes(2);
  for (const SpanPoint& point : read(60)) EXPECT_EQ(value("get_rate", point), 0) << point.start;
}

TEST_F(SamplerTest, EveryMinuteHasItsRate) {
  int minute = 0;
  minutes(1);
  minutes(25, [&] { serve(60 * static_cast<uint64_t>(++minute)); });
  const auto points = read(60);
  ASSERT_EQ(points.size(), 25u);
  for (size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].start, kStart + static_cast<int64_t>(i) * 60);
    EXPECT_EQ(value("get_rate", points[i]), static_cast<double>(i + 1));
    EXPECT_EQ(value("hit_rate", points[i]), 0.5);
  }
}

TEST_F(SamplerTest, EveryResolutionSaysTheSameInAll) {
  minutes(1);
  minutes(3 * 1440 + 17, [&] { serve(90); });
  for (const int64_t step : {int64_t{600}, kHourSeconds, kDaySeconds}) {
    const auto points = read(step);
    EXPECT_EQ(total(points, Counter::cmd_get), 90.0 * (3 * 1440 + 17)) << step;
    for (const SpanPoint& point : points) EXPECT_EQ(value("get_rate", point), 1.5) << step;
  }
  EXPECT_EQ(read(kDaySeconds).size(), 4u) << "three days and what there is of the fourth";
}

TEST_F(SamplerTest, AnHourIsWrittenWhenItIsOverAndReadBeforeThatAllTheSame) {
  minutes(1);
  uint64_t gets = 0;
  for (const auto& [more, rows_wanted] : {std::pair(55, 0u), {10, 1u}, {57, 2u}}) {
    minutes(more, [&] { serve(60); });
    gets += static_cast<uint64_t>(more) * 60;
    EXPECT_EQ(total(read(kHourSeconds), Counter::cmd_get), static_cast<double>(gets));
    EXPECT_EQ(total(read(kDaySeconds), Counter::cmd_get), static_cast<double>(gets));
    EXPECT_TRUE(store->read([&](Records& records) -> Status {
      EXPECT_EQ(records.samples().of(kCache, kHourSeconds, {0, INT64_MAX})->size(), rows_wanted);
      return {};
    }));
  }
}

TEST_F(SamplerTest, LevelsAreMeansOverTime) {
  minutes(1);
  values[Counter::curr_connections] = 1;
  minutes(5);
  values[Counter::curr_connections] = 4;
  minutes(5);
  EXPECT_EQ(value("connections", read(600).at(0)), 2.5);
}

TEST_F(SamplerTest, AnIdleCacheHasRatesOfNothingAndTheLevelsOfBefore) {
  minutes(1);
  values[Counter::bytes] = 5'000;
  minutes(1, [&] { serve(60); });
  const uint64_t before = rows_count();
  minutes(30);
  EXPECT_LE(rows_count(), before + 4) << "an idle cache costs no rows";
  const auto points = read(60);
  ASSERT_EQ(points.size(), 31u);
  EXPECT_EQ(value("get_rate", points.back()), 0);
  EXPECT_EQ(value("bytes", points.back()), 5'000);
  const auto others = read(60, kCache + 1);
  EXPECT_EQ(others.size(), 31u);
  EXPECT_EQ(value("request_rate", others.back()), 0);
  EXPECT_EQ(value("bytes", others.back()), -1) << "what was never sampled has no level";
}

TEST_F(SamplerTest, AnHoursRateIsOverTheWholeHourThoughTheCacheWasIdleForMost) {
  minutes(1);
  minutes(10, [&] { serve(600); });
  minutes(60);
  EXPECT_DOUBLE_EQ(value("get_rate", read(kHourSeconds).at(0)), 6'000.0 / 3'600);
}

TEST_F(SamplerTest, ARestartOfTheNodeNeverGivesAnAbsurdRate) {
  minutes(1);
  minutes(5, [&] { serve(6'000); });
  values = {};
  minutes(5, [&] { serve(60); });
  for (const SpanPoint& point : read(60)) {
    EXPECT_GE(value("get_rate", point), 1) << point.start;
    EXPECT_LE(value("get_rate", point), 100) << point.start;
  }
  EXPECT_EQ(total(read(60), Counter::cmd_get), 5 * 6'000 + 5 * 60);
}

TEST_F(SamplerTest, ARestartOfTheServiceLeavesAGapAndLosesNoFrame) {
  minutes(1);
  minutes(5, [&] { serve(60); });
  clock.advance_seconds(3'600);
  serve(1'000'000);
  Sampler second(*store, node);
  for (int i = 0; i < 36; ++i) {
    if (i % 3 == 0) serve(60);
    node.set_activity({{.node = 0, .caches = {{kCache, values}}}});
    ASSERT_TRUE(second.run(clock.now()).has_value());
    clock.advance_seconds(20);
  }
  const auto points = read(60);
  ASSERT_EQ(points.size(), 16u);
  for (size_t i = 0; i < points.size(); ++i) EXPECT_EQ(value("get_rate", points[i]), 1) << i;
  EXPECT_GE(points[5].start - points[4].start, 3'600);
  EXPECT_EQ(total(read(kHourSeconds), Counter::cmd_get), 16 * 60);
}

TEST_F(SamplerTest, ARunThatFailedIsMadeUpForByTheNext) {
  minutes(1);
  serve(120);
  store->fails = true;
  tick();
  EXPECT_FALSE(outcome.has_value());
  store->fails = false;
  minutes(1, [&] { serve(60); });
  minutes(12);
  EXPECT_EQ(total(read(600), Counter::cmd_get), 180);
}

TEST_F(SamplerTest, WhatIsOlderThanItsResolutionIsDropped) {
  minutes(1);
  minutes(2 * 1440, [&] { serve(60); });
  const auto points = read(60);
  EXPECT_GE(points.size(), 1440u);
  EXPECT_LE(points.size(), 1440u + 21u);
  EXPECT_EQ(read(600).size(), 288u);
}

TEST_F(SamplerTest, LatencyIsTheMeanAndTheQuantilesOfTheRequestsOfEachStep) {
  tick();
  for (int i = 1; i <= 6; ++i) {
    latency.sums.requests_count += 10;
    latency.sums.busy_ns += 10 * static_cast<uint64_t>(i) * 1'000;
    latency.sums.counts[tenant::latency_bucket(static_cast<uint64_t>(i) * 1'000)] += 10;
    tick();
  }
  tick();  // nothing was asked
  const TimeWindow window{kStart, kStart + 600};
  const auto fine = SeriesReader(*store).latencies(window, kLatencyResolutions[0]).value();
  ASSERT_EQ(fine.size(), 1u);
  ASSERT_EQ(fine[0].points.size(), 6u);
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(fine[0].points[i].start, kStart + static_cast<int64_t>(i) * 20);
    EXPECT_EQ(fine[0].points[i].mean_ns, 1'000.0 * static_cast<double>(i + 1));
    EXPECT_NEAR(*fine[0].points[i].p50_ns, fine[0].points[i].mean_ns,
                fine[0].points[i].mean_ns / 8);
  }
  const auto coarse = SeriesReader(*store).latencies(window, kLatencyResolutions[1]).value();
  EXPECT_EQ(coarse[0].points.at(0).mean_ns, 3'500);
  EXPECT_NEAR(*coarse[0].points.at(0).p50_ns, 3'000, 375) << "half took three microseconds or less";
  EXPECT_NEAR(*coarse[0].points.at(0).p99_ns, 6'000, 750);
}

TEST_F(SamplerTest, ACachesLatencyIsOfItsOwnRequestsAtEveryResolution) {
  minutes(1);
  minutes(23 * 60, [&] {
    serve(60);
    node.add_cache_latency(kCache, tenant::Family::read, 2'000, 30);
    node.add_cache_latency(kCache, tenant::Family::write, 4'000, 10);
    node.add_cache_latency(kCache + 1, tenant::Family::read, 1'000'000, 1'000);
  });
  minutes(2);  // nothing is asked
  const int64_t now = clock.now().unix_seconds;
  for (const Resolution& resolution : kCounterResolutions) {
    const TimeWindow window{kStart, now};
    const auto nodes = SeriesReader(*store).cache_latencies(kCache, window, resolution).value();
    ASSERT_EQ(nodes.size(), 1u) << resolution.step_seconds;
    const auto& points = nodes[0].points;
    const int64_t steps = (23 * 60 * 60 + resolution.step_seconds - 1) / resolution.step_seconds;
    EXPECT_NEAR(static_cast<double>(points.size()), static_cast<double>(steps), 1)
        << resolution.step_seconds;
    for (const LatencyPoint& point : points) {
      EXPECT_EQ(point.mean_ns, 2'500) << resolution.step_seconds;
      EXPECT_NEAR(*point.p50_ns, 2'000, 500);
      EXPECT_NEAR(*point.p99_ns, 4'000, 1'000);
    }
  }
}

TEST_F(SamplerTest, ACacheHasNoHistoryBeforeItWasCreated) {
  minutes(30);
  const CacheRecord young{.id = kCache + 7,
                          .name = "young",
                          .plan = "dev",
                          .limit_bytes = 1 << 20,
                          .created_unix_seconds = clock.now().unix_seconds + 30};
  ASSERT_TRUE(store->write([&](Records& records) { return records.caches().insert(young); }));
  minutes(5);
  const auto points = read(60, kCache + 7);
  ASSERT_EQ(points.size(), 4u) << "the minute in which it was created, and those since";
  EXPECT_EQ(points[0].start, kStart + 30 * 60);
  EXPECT_EQ(read(600, kCache + 7).size(), 1u);
  EXPECT_GE(read(60, kCache + 8).size(), 30u) << "of one that is not known, all";
}

TEST_F(SamplerTest, AWindowIsAnsweredByTheFinestResolutionThatReachesBack) {
  const auto step = [](int64_t length, int64_t age) {
    const int64_t now = kStart;
    return resolution_for(kCounterResolutions, {now - age - length, now - age}, now).step_seconds;
  };
  EXPECT_EQ(step(kDaySeconds, 0), 60);
  EXPECT_EQ(step(kDaySeconds + 1, 0), 600);
  EXPECT_EQ(step(7 * kDaySeconds, 0), 600);
  EXPECT_EQ(step(7 * kDaySeconds + 1, 0), kHourSeconds);
  EXPECT_EQ(step(92 * kDaySeconds + 1, 0), kDaySeconds);
  EXPECT_EQ(step(9'999 * kDaySeconds, 0), kDaySeconds);
  EXPECT_EQ(step(3'600, 30 * kDaySeconds), kHourSeconds) << "minutes of a month ago are gone";
}

}  // namespace
}  // namespace cachery::control
