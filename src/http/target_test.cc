#include "http/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cachery::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Target, IsDecodedOnceAndAfterItIsSplit) {
  const auto target = parse_target("/caches/a%2Fb%20c?x=1&y=%26");
  ASSERT_TRUE(target.has_value());
  EXPECT_THAT(target->segments, ElementsAre("caches", "a/b c"));
  EXPECT_THAT(target->query, ElementsAre(Pair("x", "1"), Pair("y", "&")));
}

TEST(Target, WhatIsNoPathIsRefused) {
  for (const char* text : {"", "caches", "*", "/a%2", "/a%zz", "/a b"}) {
    EXPECT_FALSE(parse_target(text).has_value()) << text;
  }
}

TEST(Target, AnEncodedSegmentComesBackWhole) {
  const std::string text = "a/b ?#%&\"\xc3\xa9";
  EXPECT_THAT(parse_target("/" + encode_segment(text))->segments, ElementsAre(text));
}

TEST(Origin, IsAnAddressOfTheServiceOrRefused) {
  EXPECT_EQ(parse_origin("http://127.0.0.1:8080")->port, "8080");
  EXPECT_EQ(parse_origin("https://cache.example.org/")->port, "443");
  EXPECT_EQ(parse_origin("http://[::1]:80")->host, "::1");
  for (const char* text : {"", "127.0.0.1:8080", "ftp://a", "http://", "http://a/path"}) {
    EXPECT_FALSE(parse_origin(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace cachery::http
