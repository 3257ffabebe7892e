// What is PostgreSQL's own: servers that vanish, hang and come back, writers of several processes.
// The server is not the shared one, for it is maltreated.
#include "control/db/postgresql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "control/db/services_fixture.h"

namespace cachery::control::db {
namespace {

using testing::HasSubstr;

struct PostgresqlTest : testing::Test {
  static PostgresqlServer& server() {
    static PostgresqlServer own;
    return own;
  }
  void SetUp() override {
    if (PostgresqlServer::programs().empty()) GTEST_SKIP() << kNoPostgresql;
    address = server().make_database();
    services.emplace(Exposure::network, address);
  }
  std::string address;
  std::optional<ServicesFixture> services;
};

TEST_F(PostgresqlTest, AServerThatWentAndCameBackIsFoundByTheNextRequest) {
  services->make_cache("first");
  for (const int signal : {SIGINT, SIGQUIT}) {
    server().stop(signal);
    const auto refused = services->caches.create(services->actor, {"second", {.plan = "dev"}});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().fault, Fault::unavailable) << refused.error().detail;
    EXPECT_FALSE(services->caches.list().has_value());
    EXPECT_EQ(services->node.snapshot().caches.size(), 1u);
    server().start();
    EXPECT_EQ(services->caches.list()->size(), 1u);
  }
  services->make_cache("second");
  server().stop(SIGINT);
  server().start();
  services->make_cache("third");  // no request has met the server while it was away
  EXPECT_EQ(services->caches.list()->size(), 3u);
}

TEST_F(PostgresqlTest, AServerThatGoesWithinAChangeLeavesNothingHalfWritten) {
  const auto failed = services->publisher.change([&](Records& records) -> Status {
    const CacheRecord cache{.id = kFirstCacheId, .name = "a", .plan = "dev", .limit_bytes = 1};
    EXPECT_TRUE(records.caches().insert(cache).has_value());
    server().stop(SIGQUIT);
    return {};
  });
  EXPECT_EQ(failed.error().fault, Fault::unavailable) << failed.error().detail;
  server().start();
  EXPECT_TRUE(services->caches.list()->empty());
}

TEST_F(PostgresqlTest, AnAddressThatNobodyAnswersIsUnavailableAndNotRepeated) {
  const auto refused =
      open_store("postgresql://cachery:secret@/postgres?host=/nonexistent/directory");
  EXPECT_EQ(refused.error().fault, Fault::unavailable);
  EXPECT_THAT(refused.error().detail, HasSubstr("--database"));
  EXPECT_THAT(refused.error().detail, Not(HasSubstr("secret")));
}

TEST_F(PostgresqlTest, WritersOfTwoProcessesAreOneAtATime) {
  const auto other = ServicesFixture::open(address);
  std::atomic<int> failed_count = 0;
  const auto count_up = [&](Store& store) {
    for (int i = 0; i < 100; ++i) {
      const auto done = store.write([](Records& records) -> Status {
        if (auto next = records.next({.name = "counted"}); !next) {
          return std::unexpected(next.error());
        }
        return {};
      });
      if (!done) ++failed_count;
    }
  };
  std::thread beside([&] { count_up(*other); });
  count_up(*services->store);
  beside.join();
  EXPECT_EQ(failed_count, 0);
  ASSERT_TRUE(services->store->read([](Records& records) -> Status {
    EXPECT_EQ(records.last({.name = "counted"}).value(), 200u);
    return {};
  }));
}

TEST_F(PostgresqlTest, AWriterThatHoldsTheDatabaseIsUnavailableToOthersButReadersGoOn) {
  const auto holder = open_postgresql(address);
  ASSERT_TRUE((*holder)->begin(Access::write).has_value());
  const auto refused = services->caches.create(services->actor, {"a", {.plan = "dev"}});
  EXPECT_EQ(refused.error().fault, Fault::unavailable);
  EXPECT_THAT(refused.error().detail, HasSubstr("try again"));
  EXPECT_TRUE(services->caches.list()->empty());
  (*holder)->rollback();
  services->make_cache("a");
}

}  // namespace
}  // namespace cachery::control::db
