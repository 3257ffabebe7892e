#include "control/node_watch.h"

#include <gtest/gtest.h>

#include "control/fake_node.h"

namespace cachery::control {
namespace {

struct NodeWatchTest : testing::Test {
  NodeWatchTest() { node.set_status({{.node = 0, .version = "1", .workers_count = 2}}); }
  // `requests` a second of `ns` each, in this and in processor time, for 20 seconds; then a look.
  void serve(uint64_t requests, uint64_t ns) {
    clock.advance_seconds(20);
    sums.requests_count += requests * 20;
    sums.busy_ns += requests * 20 * ns;
    sums.processor_ns += requests * 20 * ns;
    sums.counts[tenant::latency_bucket(ns)] += requests * 20;
    node.set_latencies({sums});
    EXPECT_TRUE(watch.look(clock.now()));
  }

  FakeClock clock;
  FakeNode node;
  tenant::NodeLatency sums;
  NodeWatch watch{node, clock};
};

TEST_F(NodeWatchTest, NothingIsKnownBeforeTheFirstLook) {
  node.set_latencies({sums});
  ASSERT_EQ(watch.report().size(), 1u);
  EXPECT_FALSE(watch.report()[0].load);
  EXPECT_EQ(watch.latencies().at(0).seconds, 0);
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
  EXPECT_EQ(watch.latencies().at(0).seconds, 60) << "up to the moment of the question";
}

}  // namespace
}  // namespace cachery::control
