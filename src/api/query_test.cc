#include "api/query.h"

#include <gtest/gtest.h>

namespace cachery::api {
namespace {

TEST(QueryFields, TakesWhatItIsAskedFor) {
  QueryFields query(http::NamedValues{{"name", "a b"}, {"limit", "10"}, {"deleted", "true"}});
  EXPECT_EQ(query.text("name"), "a b");
  EXPECT_EQ(query.number("limit", 10), 10u);
  EXPECT_EQ(query.truth("deleted"), true);
  EXPECT_EQ(query.text("absent"), std::nullopt);
  EXPECT_TRUE(query.finish().has_value());
}

TEST(QueryFields, RefusesWhatItDoesNotKnowAndWhatIsThereTwice) {
  QueryFields unknown(http::NamedValues{{"naem", "x"}});
  EXPECT_EQ(unknown.finish().error().fault, Fault::invalid);
  QueryFields twice(http::NamedValues{{"a", "1"}, {"a", "2"}});
  EXPECT_EQ(twice.text("a"), "1");
  EXPECT_EQ(twice.finish().error().fault, Fault::invalid);
}

TEST(QueryFields, RefusesOtherTypes) {
  for (const char* value : {"", "-1", "1x", "11", "99999999999999999999", " 1"}) {
    QueryFields query(http::NamedValues{{"limit", value}});
    EXPECT_EQ(query.number("limit", 10), std::nullopt);
    EXPECT_FALSE(query.finish().has_value()) << value;
  }
  QueryFields query(http::NamedValues{{"deleted", "yes"}});
  EXPECT_EQ(query.truth("deleted"), std::nullopt);
  EXPECT_FALSE(query.finish().has_value());
}

}  // namespace
}  // namespace cachery::api
