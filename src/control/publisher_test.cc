// What a change publishes is what a publisher that reads everything would.
#include "control/publisher.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "control/db/services_fixture.h"
#include "control/team_records.h"

namespace cachery::control {
namespace {

std::string text_of(const tenant::Snapshot& snapshot) {
  std::string text;
  for (const tenant::Cache& cache : snapshot.caches) {
    text += fmt::format("{} {} {} {} {}\n", cache.id, cache.name, cache.is_enabled,
                        cache.limits.memory_bytes, cache.limits.connections_max);
    for (const tenant::Credential& one : cache.credentials) {
      text += fmt::format("  {} {} {}{}{} \"{}\" {} {} {}\n", one.id, one.username,
                          one.capabilities.write, one.capabilities.flush, one.capabilities.api,
                          one.key_prefix, one.admission.own_port, one.admission.tls_client_name,
                          one.is_primary);
    }
  }
  return text;
}

struct PublisherTest : testing::Test, ServicesFixture {
  PublisherTest() {
    EXPECT_TRUE(store->write(
        [](Records& records) { return records.teams().insert({.id = 7, .name = "crew"}); }));
  }
  // Of another service on the same database, which has read all of it.
  std::string whole() {
    FakeNode other_node;
    Publisher other(*store, other_node);
    EXPECT_TRUE(other.publish_present());
    return text_of(other_node.snapshot());
  }
  void expect_whole(const char* after) { EXPECT_EQ(text_of(node.snapshot()), whole()) << after; }
  Status suspend(bool is_suspended) {
    return publisher.change([&](Records& records) {
      return records.teams().update({.id = 7, .name = "crew", .is_suspended = is_suspended});
    });
  }
};

TEST_F(PublisherTest, PublishesWhatAChangeHasTouchedAndAllElseAsItWas) {
  make_cache("other");
  const CacheId cache =
      caches.create(actor, {.name = "a", .size = {.plan = "dev"}, .team = 7})->cache.id;
  const CredentialId first = caches.find("a")->primary().record.id;
  const auto second = credentials.create({actor}, cache, {.key_prefix = "p:"});
  ASSERT_TRUE(second.has_value());
  // whole() takes a revision, so that the next change reads everything: two changes are made after
  // each, and the second one is looked at.
  const auto settle = [&] { ASSERT_TRUE(publisher.publish_present()); };
  settle();
  ASSERT_TRUE(credentials.update({actor}, cache, second->record.id, {.tls_client_name = "c"}));
  expect_whole("a change of a credential");
  settle();
  ASSERT_TRUE(credentials.promote({actor}, cache, second->record.id));
  expect_whole("a promotion");
  settle();
  ASSERT_TRUE(credentials.remove({actor}, cache, first));
  expect_whole("a credential is gone");
  settle();
  ASSERT_TRUE(plans.update(actor, "dev", {.mib = 30, .connections_max = 17}));
  expect_whole("a change of a plan");
  settle();
  ASSERT_TRUE(suspend(true));
  EXPECT_FALSE(node.snapshot().caches.at(1).is_enabled);
  expect_whole("a team is suspended");
  settle();
  ASSERT_TRUE(suspend(false));
  expect_whole("and is not");
  settle();
  ASSERT_TRUE(caches.remove(actor, cache));
  expect_whole("a cache is deleted");
  settle();
  ASSERT_TRUE(caches.restore(actor, cache));
  expect_whole("and restored");
  settle();
  ASSERT_TRUE(caches.purge(actor, cache));
  expect_whole("and gone");
}

TEST_F(PublisherTest, KeepsTheRowsOfCachesThatDidNotChange) {
  const CacheId other = make_cache("other").cache.id;
  const CacheId cache = make_cache("a").cache.id;
  const auto before = publisher.table();
  ASSERT_TRUE(credentials.create({actor}, cache, {}));
  const auto after = publisher.table();
  EXPECT_EQ(after->find_cache(other), before->find_cache(other)) << "shared, not read again";
  EXPECT_NE(after->find_cache(cache), before->find_cache(cache));
}

TEST_F(PublisherTest, TakesUpWhatAnotherServiceHasChangedMeanwhile) {
  make_cache("mine");
  FakeNode other_node;
  Publisher other(*store, other_node);
  Credentials other_credentials(*store, other, sealer, clock, audit, quotas, {});
  Caches other_caches({*store, other, other_credentials, sealer, audit, other_node, clock, quotas});
  ASSERT_TRUE(other_caches.create(actor, {.name = "theirs", .size = {.plan = "dev"}}));
  ASSERT_TRUE(caches.update(actor, kFirstCacheId, {.name = "renamed"}));
  EXPECT_EQ(node.snapshot().caches.size(), 2u);
}

TEST_F(PublisherTest, AChangeThatFailsLeavesTheTableAsItWas) {
  const CacheId cache = make_cache("a").cache.id;
  const auto before = publisher.table();
  const auto failed = publisher.change([&](Records& records) -> Status {
    auto record = records.caches().find(cache);
    (*record)->is_enabled = false;
    if (auto updated = records.caches().update(**record); !updated) return updated;
    return fail(Fault::invalid, "no");
  });
  EXPECT_EQ(failed.error().fault, Fault::invalid);
  EXPECT_EQ(publisher.table(), before);
  ASSERT_TRUE(credentials.create({actor}, cache, {}));
  EXPECT_TRUE(node.snapshot().caches.at(0).is_enabled);
}

}  // namespace
}  // namespace cachery::control
