#include "control/db/backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "control/db/sealed_values.h"
#include "control/db/services_fixture.h"
#include "control/db/sqlite.h"

namespace cachery::control::db {
namespace {

using testing::HasSubstr;

struct BackupTest : testing::Test {
  BackupTest() {
    std::string name = (std::filesystem::temp_directory_path() / "cachery-db-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    database = (directory / "cachery.db").string();
    file = directory / "backup.db";
  }
  ~BackupTest() override { std::filesystem::remove_all(directory); }

  size_t file_count() const {
    const auto files = std::filesystem::directory_iterator(directory);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }

  std::filesystem::path directory;
  std::string database;
  std::filesystem::path file;
};

TEST_F(BackupTest, OfARunningServiceHoldsWhatWasThereAndRestoresIt) {
  std::string password;
  {
    ServicesFixture services(Exposure::network, database);
    password = services.make_cache("kept").primary().password;
    ASSERT_TRUE(back_up(database, file).has_value());
    services.make_cache("later");  // the copy holds nothing up
    EXPECT_EQ(services.caches.list()->size(), 2u);
  }
  EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
  ASSERT_TRUE(restore(file, database).has_value());
  EXPECT_EQ(file_count(), 2u);  // the database and the backup, nothing left beside them
  ServicesFixture services(Exposure::network, database);
  ASSERT_EQ(services.caches.list()->size(), 1u);
  EXPECT_EQ(services.caches.find("kept")->primary().password, password);
}

TEST_F(BackupTest, OfAnotherMasterKeyIsRefusedAndNothingIsChanged) {
  {
    ServicesFixture services(Exposure::network, database);
    ASSERT_TRUE(check_master_key(database, services.sealer).has_value());
    ASSERT_TRUE(back_up(database, file).has_value());
    services.make_cache("kept");
  }
  const Sealer other(MasterKey{4, 5, 6});
  const auto refused = restore(file, database, &other);
  EXPECT_THAT(refused.error().detail, HasSubstr("does not open this database"));
  EXPECT_EQ(file_count(), 2u);
  ServicesFixture services(Exposure::network, database);
  EXPECT_EQ(services.caches.list()->size(), 1u);
  EXPECT_TRUE(restore(file, database, &services.sealer).has_value());
}

TEST_F(BackupTest, NeverOverwritesAFile) {
  ServicesFixture services(Exposure::network, database);
  ASSERT_TRUE(back_up(database, file).has_value());
  EXPECT_EQ(back_up(database, file).error().fault, Fault::conflict);
  EXPECT_EQ(back_up((directory / "none.db").string(), directory / "b").error().fault,
            Fault::not_found);
}

TEST_F(BackupTest, AFileThatIsNoneOrNewerIsRefusedAndNothingIsChanged) {
  {
    ServicesFixture services(Exposure::network, database);
    services.make_cache("kept");
    ASSERT_TRUE(back_up(database, file).has_value());
  }
  ASSERT_TRUE(
      (*open_sqlite(file))->run("INSERT INTO schema_migrations (number, name) VALUES (9999, 'x')"));
  EXPECT_THAT(restore(file, database).error().detail, HasSubstr("has schema 9999"));
  const auto text = directory / "text";
  std::FILE* out = std::fopen(text.c_str(), "w");
  std::fputs("this is a text file and not a database at all, whatever its name says\n", out);
  std::fclose(out);
  EXPECT_THAT(restore(text, database).error().detail, HasSubstr(text.string()));
  EXPECT_EQ(restore(directory / "none", database).error().fault, Fault::not_found);
  ServicesFixture services(Exposure::network, database);
  EXPECT_EQ(services.caches.list()->size(), 1u);
}

TEST_F(BackupTest, PostgresqlIsReferredToItsOwnPrograms) {
  EXPECT_THAT(back_up("postgresql:///x", file).error().detail, HasSubstr("pg_dump"));
  EXPECT_THAT(restore(file, "postgresql:///x").error().detail, HasSubstr("pg_restore"));
}

}  // namespace
}  // namespace cachery::control::db
