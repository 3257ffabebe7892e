#include "control/db/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "control/db/engine_fixture.h"

namespace cachery::control::db {
namespace {

using testing::HasSubstr;

struct ConnectionTest : testing::TestWithParam<Engine> {
  void SetUp() override {
    if (GetParam() == Engine::postgresql && PostgresqlServer::programs().empty()) {
      GTEST_SKIP() << kNoPostgresql;
    }
    database = std::move(*connect(make_database(GetParam())));
    EXPECT_TRUE(
        database->run("CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT, size DOUBLE "
                      "PRECISION, secret BLOB)"));
  }
  std::unique_ptr<Connection> database;
};

constexpr std::string_view kInsert =
    "INSERT INTO things (id, name, size, secret) VALUES (?, ?, ?, ?)";
constexpr std::string_view kSelect = "SELECT id, name, size, secret FROM things WHERE id = ?";

TEST_P(ConnectionTest, EveryKindOfValueComesBackAsItWas) {
  const int64_t id = std::numeric_limits<int64_t>::min();
  const std::string blob("\0\xff'\\x\n", 6);
  const std::string name = "it's \\ \"\xc3\xa9\xf0\x9f\x98\x80\" ? $1";
  ASSERT_TRUE(database->prepare(kInsert).bind(id).bind(name).bind(0.1).bind_blob(blob).run());
  auto statement = database->prepare(kSelect);
  ASSERT_TRUE(statement.bind(id).step().value());
  EXPECT_EQ(statement.integer(), id);
  EXPECT_EQ(statement.text(), name);
  EXPECT_EQ(statement.real(), 0.1);
  EXPECT_EQ(statement.blob(), blob);
  EXPECT_FALSE(statement.step().value());
}

TEST_P(ConnectionTest, NothingIsNeitherZeroNorEmpty) {
  ASSERT_TRUE(database->prepare(kInsert)
                  .bind(1)
                  .bind_null()
                  .bind(std::optional<double>())
                  .bind_blob("")
                  .run());
  auto statement = database->prepare(kSelect);
  ASSERT_TRUE(statement.bind(1).step().value());
  EXPECT_EQ(statement.optional_integer(), 1);
  EXPECT_EQ(statement.optional_text(), std::nullopt);
  EXPECT_EQ(statement.optional_real(), std::nullopt);
  EXPECT_EQ(statement.optional_text(), "");
}

TEST_P(ConnectionTest, AStatementRunsWithinItself) {
  for (const int id : {1, 2, 3}) {
    ASSERT_TRUE(database->prepare(kInsert).bind(id).bind("a").bind(1.5).bind_null().run());
  }
  constexpr std::string_view kIds = "SELECT id FROM things ORDER BY id";
  auto outer = database->prepare(kIds);
  int64_t sum = 0;
  while (outer.step().value()) {
    auto inner = database->prepare(kIds);
    while (inner.step().value()) sum += inner.integer();
  }
  EXPECT_EQ(sum, 18);
}

TEST_P(ConnectionTest, ChangedRowsAreCounted) {
  for (const int id : {1, 2, 3}) {
    ASSERT_TRUE(database->prepare(kInsert).bind(id).bind("a").bind(1.5).bind_null().run());
  }
  EXPECT_EQ(database->prepare("UPDATE things SET name = ? WHERE id > ?")
                .bind("b")
                .bind(1)
                .run_counted()
                .value(),
            2u);
  EXPECT_EQ(database->prepare("DELETE FROM things").run_counted().value(), 3u);
}

TEST_P(ConnectionTest, AWrongTextOrABrokenUniquenessIsKeptAsTheFailure) {
  EXPECT_EQ(database->prepare("SELEC 1").run().error().fault, Fault::internal);
  EXPECT_EQ(database->take_failure()->fault, Fault::internal);
  EXPECT_EQ(database->take_failure().has_value(), false);
  const auto insert = [&] {
    return database->prepare(kInsert).bind(1).bind("a").bind(1.5).bind_null().run();
  };
  ASSERT_TRUE(insert());
  EXPECT_EQ(insert().error().fault, Fault::conflict);
  EXPECT_EQ(database->take_failure()->fault, Fault::conflict);
}

TEST_P(ConnectionTest, TextThatIsNotUtf8OrHoldsAZeroIsRefused) {
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xff"), std::string("\xc3"),
                                  std::string("\xc0\x80"), std::string("\xed\xa0\x80"),
                                  std::string("\xf4\x90\x80\x80"), std::string("\xe0\x80\x80")}) {
    const auto refused = database->prepare(kInsert).bind(1).bind(text).bind(1.5).bind_null().run();
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().fault, Fault::invalid);
  }
}

TEST_P(ConnectionTest, ARolledBackChangeIsGoneAndAReaderCannotWrite) {
  ASSERT_TRUE(database->begin(Access::write));
  ASSERT_TRUE(database->prepare(kInsert).bind(1).bind("a").bind(1.5).bind_null().run());
  database->rollback();
  ASSERT_TRUE(database->begin(Access::read));
  EXPECT_FALSE(database->prepare(kSelect).bind(1).step().value());
  EXPECT_FALSE(database->prepare(kInsert).bind(1).bind("a").bind(1.5).bind_null().run());
  database->rollback();
}

INSTANTIATE_TEST_SUITE_P(Engines, ConnectionTest,
                         testing::Values(Engine::sqlite, Engine::postgresql));

}  // namespace
}  // namespace cachery::control::db
