#include "control/db/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "control/db/sqlite.h"

namespace cachery::control::db {
namespace {

using testing::HasSubstr;

TEST(Migrations, StandInTheOrderOfTheirNumbersEachOnce) {
  ASSERT_FALSE(migrations().empty());
  int before = 0;
  for (const Migration& step : migrations()) {
    EXPECT_GT(step.number, before) << step.name;
    before = step.number;
  }
}

TEST(Migrations, AreAppliedOnce) {
  auto database = open_sqlite({});
  ASSERT_TRUE(database.has_value());
  EXPECT_TRUE(migrate(**database, migrations()).has_value());
  EXPECT_TRUE(migrate(**database, migrations()).has_value());
}

TEST(Migrations, ANewerSchemaIsRefused) {
  auto database = open_sqlite({});
  const std::vector<Migration> newer = {{1, "0001_a", "CREATE TABLE a (x);"},
                                        {2, "0002_b", "CREATE TABLE b (x);"}};
  ASSERT_TRUE(migrate(**database, newer).has_value());
  const auto refused = migrate(**database, std::span(newer).first(1));
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("has schema 2, this program knows up to 1"));
}

TEST(Migrations, AStepThatFailsLeavesNothingBehind) {
  auto database = open_sqlite({});
  const std::vector<Migration> broken = {{1, "0001_a", "CREATE TABLE a (x); CREATE TABL b (x);"}};
  EXPECT_THAT(migrate(**database, broken).error().detail, HasSubstr("0001_a"));
  EXPECT_TRUE((*database)->run("CREATE TABLE a (x)").has_value());
  EXPECT_TRUE((*database)->run("BEGIN; COMMIT").has_value());
}

}  // namespace
}  // namespace cachery::control::db
