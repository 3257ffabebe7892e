#include "moving/dump_line.h"

#include <gtest/gtest.h>

namespace cachery::moving {
namespace {

TEST(DumpLine, HoldsAKeyAndWhenItExpires) {
  const auto dumped = parse_dump_line(
      "key=user%3A1 exp=1795279599 la=1795279500 cas=17 fetch=yes cls=3 size=96 flags=0");
  ASSERT_TRUE(dumped);
  EXPECT_EQ(dumped->key, "user:1");
  EXPECT_EQ(dumped->expires_at, 1795279599);
}

TEST(DumpLine, SaysMinusOneForNever) {
  const auto dumped = parse_dump_line("key=a exp=-1 la=1 cas=1 fetch=no cls=1 size=64");
  ASSERT_TRUE(dumped);
  EXPECT_EQ(dumped->expires_at, 0);
}

TEST(DumpLine, DecodesEveryByte) {
  const auto dumped = parse_dump_line("key=%00%fF%20a%25 exp=0");
  ASSERT_TRUE(dumped);
  EXPECT_EQ(dumped->key, std::string("\0\xff a%", 5));
}

TEST(DumpLine, EndsItsTimesBeforeTheyOverflow) {
  const auto dumped = parse_dump_line("key=a exp=9223372036854775807");
  ASSERT_TRUE(dumped);
  EXPECT_EQ(dumped->expires_at, 0x7fffffff);
}

TEST(DumpLine, IsNothingElse) {
  for (const char* line : {"", "END", "BUSY currently processing crawler request", "key=a", "exp=1",
                           "key= exp=1", "key=%4 exp=1", "key=a%4", "key=%zz exp=1",
                           "key=a exp=soon", "key=a exp=1x", "key=a exp="}) {
    EXPECT_FALSE(parse_dump_line(line)) << line;
  }
}

TEST(TextKey, HasNoBlankNoLineEndAndNoZeroByte) {
  EXPECT_TRUE(is_text_key("a"));
  EXPECT_TRUE(is_text_key("\xc3\xa4:1"));
  EXPECT_TRUE(is_text_key(std::string(250, 'k')));
  EXPECT_FALSE(is_text_key(std::string(251, 'k')));
  EXPECT_FALSE(is_text_key(""));
  EXPECT_FALSE(is_text_key("a b"));
  EXPECT_FALSE(is_text_key("a\r"));
  EXPECT_FALSE(is_text_key("a\nb"));
  EXPECT_FALSE(is_text_key(std::string_view("a\0b", 3)));
  EXPECT_TRUE(is_text_key("a\tb\x7f"));
}

}  // namespace
}  // namespace cachery::moving
