#include "control/credential_uses.h"

#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

struct CredentialUsesTest : testing::Test {
  int64_t last_use() {
    return services.credentials.list(cache.cache.id).value().at(0).record.used_unix_seconds;
  }

  ServicesFixture services;
  CacheDetails cache = services.make_cache("shop");
  const CredentialId id = cache.primary().record.id;
  CredentialUses uses{*services.store, services.node, services.clock};
};

TEST_F(CredentialUsesTest, TheLastOfAllWaysIsKept) {
  EXPECT_EQ(last_use(), 0) << "never used";
  const int64_t now = services.clock.now().unix_seconds;
  services.node.add_credential_uses({{id, now - 30}, {id + 1'000, now}});
  ASSERT_TRUE(uses.run(services.clock.now())) << "one of them is deleted";
  EXPECT_EQ(last_use(), now - 30);
  uses.note(id);
  ASSERT_TRUE(uses.run(services.clock.now()));
  EXPECT_EQ(last_use(), now);
  services.node.add_credential_uses({{id, now - 10}});
  ASSERT_TRUE(uses.run(services.clock.now()));
  EXPECT_EQ(last_use(), now) << "an earlier one that comes later";
}

TEST_F(CredentialUsesTest, AChangeOfTheCredentialKeepsIt) {
  uses.note(id);
  ASSERT_TRUE(uses.run(services.clock.now()));
  ASSERT_TRUE(services.credentials.update({services.actor}, cache.cache.id, id, {.flush = false}));
  EXPECT_EQ(last_use(), services.clock.now().unix_seconds);
}

}  // namespace
}  // namespace cachery::control
