#include "api/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/fake_node.h"

namespace cachery::api {
namespace {

using testing::HasSubstr;

struct HealthTest : testing::Test {
  http::Response get(std::string segment) {
    return http::Router(health_endpoints(node, is_ready, [] { return std::string("other 1\n"); }))
        .handle(http::Request{.segments = {std::move(segment)}});
  }
  control::FakeNode node;
  std::atomic<bool> is_ready = false;
};

TEST_F(HealthTest, IsAliveBeforeItIsReady) {
  EXPECT_EQ(get("healthz").status, 200);
  EXPECT_EQ(get("readyz").status, 503);
  is_ready = true;
  EXPECT_EQ(get("readyz").status, 200);
}

TEST_F(HealthTest, MetricsAreTheNodesAndTheControlPlanes) {
  const http::Response response = get("metrics");
  EXPECT_THAT(response.content_type, HasSubstr("version=0.0.4"));
  EXPECT_EQ(response.body, node.metrics() + "other 1\n");
}

}  // namespace
}  // namespace cachery::api
