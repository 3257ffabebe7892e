#include "control_plane.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/fake_node.h"
#include "http/client.h"
#include "temporary_directory.h"

namespace cachery {
namespace {

using testing::HasSubstr;

struct ControlPlaneTest : testing::Test {
  std::unique_ptr<ControlPlane> open() {
    auto opened = ControlPlane::open(settings, node, clock);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }
  int status_of(const ControlPlane& plane, const std::string& path) {
    const auto response = http::fetch(
        {.origin = fmt::format("http://127.0.0.1:{}", plane.http_port()), .path = path});
    return response ? response->status : 0;
  }

  TemporaryDirectory directory;
  FakeClock clock;
  control::FakeNode node;
  ControlPlaneSettings settings{.database = (directory.path / "cachery.db").string(),
                                .master_key = std::string(64, 'a'),
                                .operator_token = "operator"};
};

TEST_F(ControlPlaneTest, TheFirstStartMakesOneDevCacheAndPublishesIt) {
  auto plane = open();
  EXPECT_EQ(node.snapshot().revision, 0u);
  ASSERT_TRUE(plane->start().has_value());
  ASSERT_EQ(node.snapshot().caches.size(), 1u);
  EXPECT_EQ(node.snapshot().caches[0].name, "first");
  EXPECT_EQ(node.snapshot().caches[0].limits.memory_bytes, 28'835'840u);
}

TEST_F(ControlPlaneTest, ARestartPublishesTheSameCachesUnderALaterRevision) {
  {
    auto plane = open();
    ASSERT_TRUE(plane->start().has_value());
  }
  const tenant::Snapshot before = node.snapshot();
  auto plane = open();
  ASSERT_TRUE(plane->start().has_value());
  EXPECT_GT(node.snapshot().revision, before.revision);
  ASSERT_EQ(node.snapshot().caches.size(), 1u);
  EXPECT_EQ(node.snapshot().caches[0].credentials[0].password_digest,
            before.caches[0].credentials[0].password_digest);
}

TEST_F(ControlPlaneTest, LocalIsOneCacheOfExactlyTheMemoryGivenAndLeavesNoFile) {
  settings.database.clear();
  settings.first_cache_bytes = uint64_t{64} << 20;
  auto plane = open();
  ASSERT_TRUE(plane->start().has_value());
  EXPECT_EQ(node.snapshot().caches.at(0).limits.memory_bytes, uint64_t{64} << 20);
  EXPECT_EQ(node.snapshot().caches.at(0).limits.connections_max, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path));
}

TEST_F(ControlPlaneTest, IsReadyWhenToldSoAndSilentWhenStopped) {
  auto plane = open();
  ASSERT_TRUE(plane->start().has_value());
  EXPECT_EQ(status_of(*plane, "/healthz"), 200);
  EXPECT_EQ(status_of(*plane, "/readyz"), 503);
  plane->say_ready();
  EXPECT_EQ(status_of(*plane, "/readyz"), 200);
  EXPECT_EQ(status_of(*plane, "/metrics"), 200);
  EXPECT_EQ(status_of(*plane, "/api/admin/v1/caches"), 401);
  EXPECT_EQ(status_of(*plane, "/no-such-page"), 404);
  plane->stop();
  plane->stop();
  EXPECT_EQ(status_of(*plane, "/healthz"), 0);
}

TEST_F(ControlPlaneTest, AWrongMasterKeyIsSaidAtOnce) {
  for (const std::string& key : {std::string(), std::string(63, 'a'), std::string(64, 'x')}) {
    settings.master_key = key;
    EXPECT_THAT(ControlPlane::open(settings, node, clock).error().detail, HasSubstr("master key"));
  }
}

TEST_F(ControlPlaneTest, AnotherMasterKeyIsRefusedBeforeAnythingIsSealedWithIt) {
  ASSERT_TRUE(open()->start().has_value());
  const std::string right = std::exchange(settings.master_key, std::string(64, 'b'));
  const auto refused = ControlPlane::open(settings, node, clock);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().detail, HasSubstr("the master key does not open this database"));
  settings.master_key = right;
  EXPECT_TRUE(open()->start().has_value());
}

TEST_F(ControlPlaneTest, APortInUseIsAnErrorOfTheStart) {
  auto first = open();
  ASSERT_TRUE(first->start().has_value());
  settings.http.port = first->http_port();
  control::FakeNode other_node;
  auto second = ControlPlane::open(settings, other_node, clock);
  EXPECT_THAT((*second)->start().error().detail, HasSubstr("--http-port"));
}

}  // namespace
}  // namespace cachery
