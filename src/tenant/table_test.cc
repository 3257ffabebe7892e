#include "tenant/table.h"

#include <gtest/gtest.h>

namespace cachery::tenant {
namespace {

Snapshot two_caches() {
  Snapshot snapshot{.revision = 7, .caches = {}};
  for (CacheId id : {100001u, 100002u}) {
    Cache cache;
    cache.id = id;
    Credential credential;
    credential.id = id * 10;
    credential.username = id == 100001 ? "ab12CD" : "15f38e";
    credential.password_digest = digest_password("secret");
    credential.admission.own_port = static_cast<uint16_t>(id - 90000);
    credential.admission.tls_server_name = credential.username + ".cache.example";
    cache.credentials.push_back(credential);
    snapshot.caches.push_back(cache);
  }
  return snapshot;
}

TEST(TenantTable, FindsACredentialByEveryOneOfItsNames) {
  const auto table = TenantTable::build(two_caches());
  ASSERT_TRUE(table.has_value());
  const TenantTable& found = **table;
  ASSERT_NE(found.find_username("ab12CD"), nullptr);
  EXPECT_EQ(found.find_username("AB12cd")->cache->id, 100001u);
  EXPECT_EQ(found.find_credential(1000020)->credential->username, "15f38e");
  EXPECT_EQ(found.find_own_port(10001)->cache->id, 100001u);
  EXPECT_EQ(found.find_tls_server_name("15F38E.cache.example")->cache->id, 100002u);
  EXPECT_EQ(found.find_username("nobody"), nullptr);
  EXPECT_EQ(found.find_own_port(0), nullptr);
  EXPECT_EQ(found.find_tls_client(""), nullptr);
  EXPECT_EQ(found.find_cache(1), nullptr);
}

TEST(TenantTable, RefusesAUsernameThatTwoCredentialsHave) {
  Snapshot snapshot = two_caches();
  snapshot.caches[1].credentials[0].username = "AB12cd";
  EXPECT_EQ(TenantTable::build(std::move(snapshot)).error().fault, Fault::invalid);
}

TEST(Digest, ComparesDigests) {
  EXPECT_TRUE(equal_in_constant_time(digest_password("a"), digest_password("a")));
  EXPECT_FALSE(equal_in_constant_time(digest_password("a"), digest_password("b")));
}

}  // namespace
}  // namespace cachery::tenant
