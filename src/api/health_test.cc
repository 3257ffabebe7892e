#include "api/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/fake_node.h"

namespace cachery::api {
namespace {

using testing::HasSubstr;

struct HealthTest : testing::Test {
  http::Response get(std::string segment) {
    return http::Router(health_endpoints(
                            node, is_ready, [this] { return silent_seconds; },
                            [] { return std::string("other 1\n"); }))
        .handle(http::Request{.segments = {std::move(segment)}});
  }
  control::FakeNode node;
  std::atomic<bool> is_ready = false;
  int64_t silent_seconds = 0;
};

TEST_F(HealthTest, IsAliveBeforeItIsReady) {
  EXPECT_EQ(get("healthz").status, 200);
  EXPECT_EQ(get("readyz").status, 503);
  is_ready = true;
  EXPECT_EQ(get("readyz").status, 200);
}

TEST_F(HealthTest, ANodeWhoseDatabaseIsSilentIsReadyAndSaysSo) {
  is_ready = true;
  EXPECT_EQ(get("readyz").body, "ready\n");
  silent_seconds = 14;
  EXPECT_EQ(get("readyz").status, 200);
  EXPECT_THAT(get("readyz").body, HasSubstr("has not answered for 14 s"));
}

TEST_F(HealthTest, NobodyIsAskedWhoMayWait) {
  const http::Router router(
      health_endpoints(node, is_ready, [] { return 0; }, [] { return std::string(); }));
  EXPECT_EQ(router.pace_of({.segments = {"healthz"}}), http::Pace::instant);
  EXPECT_EQ(router.pace_of({.segments = {"readyz"}}), http::Pace::instant);
  EXPECT_EQ(router.pace_of({.segments = {"metrics"}}), http::Pace::quick);
}

TEST_F(HealthTest, MetricsAreTheNodesAndTheControlPlanes) {
  const http::Response response = get("metrics");
  EXPECT_THAT(response.content_type, HasSubstr("version=0.0.4"));
  EXPECT_EQ(response.body, node.metrics() + "other 1\n");
}

}  // namespace
}  // namespace cachery::api
