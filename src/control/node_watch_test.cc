#include "control/node_watch.h"

#include <gtest/gtest.h>

#include "control/fake_node.h"

namespace cachery::control {
namespace {

using tenant::Family;

constexpr tenant::CacheId kCache = 100'001;

struct NodeWatchTest : testing::Test {
  NodeWatchTest() { node.set_status({{.node = 0, .version = "1", .workers_count = 2}}); }
  // `requests` a second of `ns` each, in this and in processor time, for 20 seconds; then a look.
  void serve(uint64_t requests, uint64_t ns) {
    clock.advance_seconds(20);
    latency.sums.requests_count += requests * 20;
    latency.sums.busy_ns += requests * 20 * ns;
    latency.sums.counts[tenant::latency_bucket(ns)] += requests * 20;
    latency.processor_ns += requests * 20 * ns;
    node.set_latencies({latency});
    EXPECT_TRUE(watch.look(clock.now()));
  }

  FakeClock clock;
  FakeNode node;
  tenant::NodeLatency latency;
  NodeWatch watch{node, clock};
};

TEST_F(NodeWatchTest, NothingIsKnownBeforeTheFirstLook) {
  node.set_latencies({latency});
  node.add_cache_latency(kCache, Family::read, 1'000, 70);
  ASSERT_EQ(watch.report().size(), 1u);
  EXPECT_FALSE(watch.report()[0].load);
  EXPECT_EQ(watch.report()[0].latency.seconds, 0);
  EXPECT_EQ(watch.latencies(kCache).at(0).all.seconds, 0);
  EXPECT_EQ(watch.latencies(kCache).at(0).all.requests_count, 0u);
}

TEST_F(NodeWatchTest, TellsTheLastMinuteAndForgetsWhatWasBefore) {
  serve(1, 500'000'000);
  for (int i = 0; i < 3; ++i) serve(1'000'000, 1'000);
  const NodeReport report = watch.report().at(0);
  EXPECT_EQ(report.latency.requests_count, 40'000'000u);
  EXPECT_EQ(report.latency.seconds, 40);
  EXPECT_NEAR(*report.latency.p99_ns, 1'000, 125);
  EXPECT_DOUBLE_EQ(*report.load, 0.5) << "one of two workers was busy";
  clock.advance_seconds(20);
  EXPECT_EQ(watch.report().at(0).latency.seconds, 60) << "up to the moment of the question";
}

TEST_F(NodeWatchTest, ACachesLatencyIsItsOwnByFamily) {
  node.add_cache_latency(kCache, Family::read, 1'000, 500);
  serve(1'000'000, 9'000);
  for (int i = 0; i < 3; ++i) {
    node.add_cache_latency(kCache, Family::read, 2'000, 30);
    node.add_cache_latency(kCache, Family::write, 8'000, 10);
    node.add_cache_latency(kCache + 1, Family::read, 1'000'000, 1'000);
    serve(1'000'000, 9'000);
  }
  ASSERT_EQ(watch.latencies(kCache).size(), 1u);
  const CacheLatencySummary summary = watch.latencies(kCache)[0];
  EXPECT_EQ(summary.all.requests_count, 80u) << "of the last 40 seconds";
  EXPECT_EQ(summary.all.mean_ns, 3'500);
  ASSERT_EQ(summary.families.size(), 2u);
  EXPECT_EQ(summary.families[0].family, Family::read);
  EXPECT_EQ(summary.families[0].latency.mean_ns, 2'000);
  EXPECT_EQ(summary.families[1].latency.requests_count, 20u);
  EXPECT_NEAR(*summary.families[1].latency.p99_ns, 8'000, 1'000);
  EXPECT_TRUE(watch.latencies(kCache + 2).empty()) << "it was never used";
}

TEST_F(NodeWatchTest, ACacheThatWasFirstUsedAfterTheLookHasAllItsRequestsCounted) {
  serve(1, 1'000);
  clock.advance_seconds(10);
  node.add_cache_latency(kCache, Family::write, 1'000, 7);
  EXPECT_EQ(watch.latencies(kCache).at(0).all.requests_count, 7u);
  EXPECT_EQ(watch.latencies(kCache).at(0).all.seconds, 10);
}

}  // namespace
}  // namespace cachery::control
