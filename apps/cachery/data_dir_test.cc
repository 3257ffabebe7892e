#include "data_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "temporary_directory.h"

namespace cachery {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

struct DataDirTest : testing::Test {
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
  }
  TemporaryDirectory directory;
  std::filesystem::path root = directory.path / "a" / "data";
};

TEST_F(DataDirTest, IsMadeForItsOwnerAndKeepsItsSecrets) {
  std::string key;
  std::string token;
  {
    const auto opened = DataDir::open(root);
    ASSERT_TRUE(opened.has_value()) << opened.error().detail;
    key = opened->master_key().value();
    token = opened->operator_token().value();
    EXPECT_THAT(key, MatchesRegex("[0-9a-f]{64}"));
    EXPECT_THAT(token, MatchesRegex("[0-9a-f]{64}"));
    EXPECT_NE(key, token);
    EXPECT_EQ(mode_of(root), 0700u);
    EXPECT_EQ(mode_of(opened->paths().master_key()), 0600u);
    EXPECT_EQ(mode_of(opened->paths().operator_token()), 0600u);
    EXPECT_EQ(read_secret(opened->paths().operator_token()).value(), token);
  }
  const auto again = DataDir::open(root);
  EXPECT_EQ(again->master_key().value(), key);
  EXPECT_EQ(again->operator_token().value(), token);
}

TEST_F(DataDirTest, ASecondProcessIsRefusedWithThePidOfTheFirst) {
  const auto first = DataDir::open(root);
  ASSERT_TRUE(first.has_value());
  // flock() belongs to the open file, so a second open() stands for a second process.
  const auto second = DataDir::open(root);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().fault, Fault::conflict);
  EXPECT_THAT(second.error().detail, HasSubstr("process " + std::to_string(::getpid()) + ":"));
}

TEST_F(DataDirTest, TheLockGoesWithItsHolder) {
  {
    ASSERT_TRUE(DataDir::open(root).has_value());
  }
  EXPECT_TRUE(DataDir::open(root).has_value());
}

TEST_F(DataDirTest, ALostMasterKeyIsNotReplacedBesideADatabase) {
  const auto opened = DataDir::open(root);
  std::ofstream(opened->paths().database()) << "x";
  EXPECT_THAT(opened->master_key().error().detail, HasSubstr("master.key is missing"));
  EXPECT_FALSE(std::filesystem::exists(opened->paths().master_key()));
}

TEST_F(DataDirTest, AChangeOfTheMasterKeyIsFinishedBeforeItIsUsed) {
  const auto opened = DataDir::open(root);
  const std::string before = opened->master_key().value();
  const std::string next = opened->next_master_key().value();
  EXPECT_NE(next, before);
  EXPECT_EQ(opened->next_master_key().value(), next) << "the same one until it is adopted";
  EXPECT_THAT(opened->master_key().error().detail, HasSubstr("cachery master-key rotate"));
  ASSERT_TRUE(opened->adopt_next_master_key().has_value());
  EXPECT_EQ(opened->master_key().value(), next);
  EXPECT_EQ(mode_of(opened->paths().master_key()), 0600u);
}

TEST_F(DataDirTest, AnOperatorTokenThatCanBeGuessedIsRefused) {
  const auto opened = DataDir::open(root);
  std::ofstream(opened->paths().operator_token()) << std::string(15, 'x') << "\n";
  EXPECT_THAT(opened->operator_token().error().detail, HasSubstr("at least 16"));
  std::ofstream(opened->paths().operator_token()) << std::string(16, 'x') << "\n";
  EXPECT_EQ(opened->operator_token(), std::string(16, 'x'));
}

TEST_F(DataDirTest, AMasterKeyThatIsNotToBeIsDropped) {
  const auto opened = DataDir::open(root);
  const std::string before = opened->master_key().value();
  ASSERT_TRUE(opened->next_master_key().has_value());
  ASSERT_TRUE(opened->drop_next_master_key().has_value());
  EXPECT_EQ(opened->master_key().value(), before);
  EXPECT_TRUE(opened->drop_next_master_key().has_value()) << "there is none";
}

TEST_F(DataDirTest, TheServiceFileIsThereWhileTheServiceRuns) {
  const DataDirPaths paths{root};
  EXPECT_THAT(read_service(paths).error().detail, HasSubstr("no service runs on"));
  {
    const auto opened = DataDir::open(root);
    ASSERT_TRUE(opened->write_service({.http = "http://127.0.0.1:1", .pid = 7}).has_value());
    EXPECT_EQ(read_service(paths)->http, "http://127.0.0.1:1");
    EXPECT_EQ(read_service(paths)->pid, 7);
  }
  EXPECT_FALSE(read_service(paths).has_value());
}

TEST_F(DataDirTest, APlaceThatCannotBeADirectoryIsNamed) {
  const auto file = directory.write("file", "x");
  const auto opened = DataDir::open(file / "data");
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().detail, HasSubstr("--data-dir"));
}

}  // namespace
}  // namespace cachery
