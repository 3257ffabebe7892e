#include "control/db/rows_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>

#include "control/db/services_fixture.h"
#include "control/db/sqlite.h"

namespace cachery::control::db {
namespace {

using testing::HasSubstr;

struct RowsStoreTest : testing::Test {
  RowsStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "cachery-db-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    file = directory / "cachery.db";
  }
  ~RowsStoreTest() override { std::filesystem::remove_all(directory); }

  std::filesystem::path directory;
  std::filesystem::path file;
};

TEST_F(RowsStoreTest, EverythingIsThereAfterAReopen) {
  CacheDetails made;
  uint64_t revision = 0;
  const CredentialPatch patch{.flush = false,
                              .key_prefix = "k:",
                              .own_port = 12001,
                              .own_port_networks = {{"10.0.0.0/8", "::1"}},
                              .tls_client_name = "web",
                              .tls_server_name = "a.example.org"};
  {
    ServicesFixture services(Exposure::network, file.string());
    made = services.make_cache("shop", "250");
    ASSERT_TRUE(services.credentials
                    .create({.actor = services.actor, .is_operator = true}, made.cache.id, patch)
                    .has_value());
    revision = services.node.snapshot().revision;
  }
  ServicesFixture services(Exposure::network, file.string());
  ASSERT_TRUE(services.publisher.publish_present().has_value());
  EXPECT_GT(services.node.snapshot().revision, revision);
  const auto found = services.caches.find("shop");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->cache.plan, "250");
  EXPECT_EQ(found->primary().password, made.primary().password);
  const CredentialRecord& second = found->credentials.at(1).record;
  EXPECT_EQ(second.admission.own_port_networks, *patch.own_port_networks);
  EXPECT_EQ(second.admission.tls_client_name, "web");
  EXPECT_FALSE(second.capabilities.flush);
  EXPECT_EQ(second.password_digest, tenant::digest_password(found->credentials[1].password));
}

TEST_F(RowsStoreTest, AClashIsToldWithoutTheEnginesWords) {
  ServicesFixture services(Exposure::network, file.string());
  const CacheDetails made = services.make_cache("shop");
  testing::internal::CaptureStdout();  // where a log goes that nobody configured
  const auto clash = services.store->write(
      [&](Records& records) { return records.credentials().insert(made.primary().record); });
  EXPECT_NE(testing::internal::GetCapturedStdout().find("constraint_broken"), std::string::npos);
  ASSERT_FALSE(clash.has_value());
  EXPECT_EQ(clash.error().fault, Fault::conflict);
  for (const char* word : {"UNIQUE", "unique", "credentials", "constraint", "(2067)"}) {
    EXPECT_EQ(clash.error().detail.find(word), std::string::npos) << clash.error().detail;
  }
}

TEST_F(RowsStoreTest, TheFileIsForItsOwnerAndHoldsNoPlainPassword) {
  ServicesFixture services(Exposure::network, file.string());
  const std::string password = services.make_cache("shop").primary().password;
  struct stat facts{};
  ASSERT_EQ(::stat(file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  auto database = open_sqlite(file);
  auto statement = (*database)->prepare("SELECT sealed_password FROM credentials");
  ASSERT_TRUE(statement.step().value());
  EXPECT_EQ(statement.text().find(password), std::string::npos);
}

// A start with another key is refused; a single row that does not open leaves its list readable.
TEST_F(RowsStoreTest, AnotherMasterKeyShowsNoPassword) {
  ServicesFixture services(Exposure::network, file.string());
  services.make_cache("shop");
  const Sealer other(MasterKey{9});
  Credentials stranger(*services.store, services.publisher, other, services.clock, services.audit,
                       services.quotas, {});
  const auto listed = stranger.list(kFirstCacheId);
  ASSERT_TRUE(listed.has_value()) << listed.error().detail;
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->front().password, "");
}

TEST_F(RowsStoreTest, ALockedDatabaseIsUnavailableAndNothingIsWritten) {
  ServicesFixture services(Exposure::network, file.string());
  auto holder = open_sqlite(file);
  ASSERT_TRUE((*holder)->run("BEGIN IMMEDIATE").has_value());
  const auto created = services.caches.create(services.actor, {"shop", {.plan = "dev"}});
  EXPECT_EQ(created.error().fault, Fault::unavailable);
  EXPECT_THAT(created.error().detail, HasSubstr("try again"));
  ASSERT_TRUE((*holder)->run("ROLLBACK").has_value());
  EXPECT_TRUE(services.caches.list()->empty());
  EXPECT_TRUE(services.caches.create(services.actor, {"shop", {.plan = "dev"}}).has_value());
}

// A file that may not grow stands for a disk that is full.
struct FileSizeLimit {
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit limit{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before); }
  rlimit before{};
};

TEST_F(RowsStoreTest, AFullDiskIsUnavailableAndNothingIsHalfWritten) {
  ServicesFixture services(Exposure::network, file.string());
  services.make_cache("first");
  {
    const FileSizeLimit full(4096);
    const auto created = services.caches.create(services.actor, {"shop", {.plan = "dev"}});
    ASSERT_FALSE(created.has_value());
    EXPECT_EQ(created.error().fault, Fault::unavailable) << created.error().detail;
    EXPECT_EQ(services.node.snapshot().caches.size(), 1u);
  }
  EXPECT_EQ(services.caches.list()->size(), 1u);
  EXPECT_EQ(services.make_cache("shop").cache.id, kFirstCacheId + 1);
}

TEST_F(RowsStoreTest, AFileThatIsNoDatabaseIsNamed) {
  {
    std::FILE* out = std::fopen(file.c_str(), "w");
    std::fputs("this is a text file and not a database at all, whatever its name says\n", out);
    std::fclose(out);
  }
  const auto opened = open_store(file);
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().detail, HasSubstr(file.string()));
}

TEST_F(RowsStoreTest, AMissingDirectoryIsNamed) {
  const auto opened = open_store(directory / "missing" / "cachery.db");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().fault, Fault::unavailable);
  EXPECT_THAT(opened.error().detail, HasSubstr("missing"));
}

TEST_F(RowsStoreTest, TheFaultOfTheWorkRollsEverythingBack) {
  auto store = ServicesFixture::open(file);
  const auto failed = store->write([](Records& records) -> Status {
    EXPECT_EQ(records.next(kCacheIds).value(), kFirstCacheId);
    EXPECT_TRUE(
        records.caches()
            .insert(CacheRecord{.id = kFirstCacheId, .name = "a", .plan = "dev", .limit_bytes = 1})
            .has_value());
    return fail(Fault::invalid, "no");
  });
  EXPECT_EQ(failed.error().detail, "no");
  ASSERT_TRUE(store
                  ->read([](Records& records) -> Status {
                    EXPECT_TRUE(records.caches().all()->empty());
                    return {};
                  })
                  .has_value());
}

}  // namespace
}  // namespace cachery::control::db
