#include "tenant/table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

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

using Table = std::shared_ptr<const TenantTable>;

TEST(TenantTable, IsMadeOfTheLastOneAndSharesWhatDidNotChange) {
  const Table first = TenantTable::build(two_caches()).value();
  Cache changed = *first->find_cache(100001);
  changed.credentials[0].admission.own_port = 20'000;
  const Table second = first->with({.revision = 8, .changed = {changed}}).value();
  EXPECT_EQ(second->revision(), 8u);
  EXPECT_EQ(second->caches_count(), 2u);
  EXPECT_EQ(second->find_cache(100002), first->find_cache(100002)) << "the same row";
  EXPECT_EQ(second->find_own_port(20'000)->cache->id, 100001u);
  EXPECT_EQ(second->find_own_port(10'001), nullptr);
  EXPECT_EQ(second->find_username("ab12cd")->credential->admission.own_port, 20'000u);
  EXPECT_EQ(first->find_own_port(10'001)->cache->id, 100001u) << "the older one is as it was";
  const Table third = second->with({.revision = 9, .gone = {100002}}).value();
  EXPECT_EQ(third->find_cache(100002), nullptr);
  EXPECT_EQ(third->find_username("15f38e"), nullptr);
  EXPECT_NE(second->find_username("15f38e"), nullptr);
  EXPECT_EQ(first->with({.revision = 7}).error().fault, Fault::invalid) << "no later revision";
}

TEST(TenantTable, LetsCachesExchangeAName) {
  const Table first = TenantTable::build(two_caches()).value();
  Cache a = *first->find_cache(100001);
  Cache b = *first->find_cache(100002);
  std::swap(a.credentials[0].admission.own_port, b.credentials[0].admission.own_port);
  const Table second = first->with({.revision = 8, .changed = {a, b}}).value();
  EXPECT_EQ(second->find_own_port(10'001)->cache->id, 100002u);
  EXPECT_EQ(second->find_own_port(10'002)->cache->id, 100001u);
}

TEST(TenantTable, RefusesAChangeThatTakesAnothersNameAndIsAsItWas) {
  const Table first = TenantTable::build(two_caches()).value();
  Cache thief = *first->find_cache(100001);
  thief.credentials[0].admission.tls_server_name = "15F38E.cache.example";
  EXPECT_EQ(first->with({.revision = 8, .changed = {thief}}).error().fault, Fault::invalid);
  EXPECT_EQ(first->find_tls_server_name("15f38e.cache.example")->cache->id, 100002u);
  EXPECT_TRUE(first->with({.revision = 8}).has_value()) << "the revision is free still";
}

// A thousand changes of some caches each, beside a table that is built anew of all.
TEST(TenantTable, OfDifferencesIsWhatOneOfTheWholeIs) {
  std::mt19937 random(17);
  std::map<CacheId, Cache> caches;
  CredentialId last_credential = 0;
  const auto name_of = [](CredentialId id) { return "u" + std::to_string(id); };
  const auto grow = [&](Cache& cache) {
    Credential credential;
    credential.id = ++last_credential;
    credential.username = name_of(credential.id);
    if (random() % 2 == 0)
      credential.admission.tls_client_name = "c" + std::to_string(credential.id);
    cache.credentials.push_back(credential);
  };
  Table table = TenantTable::build({.revision = 1, .caches = {}}).value();
  for (uint64_t revision = 2; revision < 1'000; ++revision) {
    Difference difference{.revision = revision};
    std::set<CacheId> ids;
    for (int i = 0; i < 3; ++i) ids.insert(static_cast<CacheId>(random() % 200 + 1));
    for (const CacheId id : ids) {
      if (caches.contains(id) && random() % 4 == 0) {
        caches.erase(id);
        difference.gone.push_back(id);
        continue;
      }
      Cache& cache = caches[id];
      cache.id = id;
      grow(cache);
      if (cache.credentials.size() > 3) cache.credentials.erase(cache.credentials.begin() + 1);
      difference.changed.push_back(cache);
    }
    table = table->with(std::move(difference)).value();
  }
  EXPECT_EQ(table->caches_count(), caches.size());
  std::set<CredentialId> there;
  for (const auto& [id, cache] : caches) {
    for (const Credential& one : cache.credentials) {
      there.insert(one.id);
      const Entry* entry = table->find_credential(one.id);
      ASSERT_NE(entry, nullptr);
      EXPECT_EQ(entry->cache, table->find_cache(id));
      EXPECT_EQ(table->find_username(name_of(one.id)), entry);
      const std::string& client = one.admission.tls_client_name;
      EXPECT_EQ(table->find_tls_client(client), client.empty() ? nullptr : entry);
    }
  }
  for (CredentialId id = 1; id <= last_credential; ++id) {
    if (there.contains(id)) continue;
    EXPECT_EQ(table->find_credential(id), nullptr);
    EXPECT_EQ(table->find_username(name_of(id)), nullptr);
    EXPECT_EQ(table->find_tls_client("c" + std::to_string(id)), nullptr);
  }
}

TEST(Digest, ComparesDigests) {
  EXPECT_TRUE(equal_in_constant_time(digest_password("a"), digest_password("a")));
  EXPECT_FALSE(equal_in_constant_time(digest_password("a"), digest_password("b")));
}

}  // namespace
}  // namespace cachery::tenant
