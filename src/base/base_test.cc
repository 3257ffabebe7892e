#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/size.h"

namespace cachery {
namespace {

TEST(Size, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("1048576"), 1048576u);
  EXPECT_EQ(parse_size("64m"), 64u << 20);
  EXPECT_EQ(parse_size("64 MiB"), 64u << 20);
  EXPECT_EQ(parse_size("1.5g"), 3u << 29);
}

TEST(Size, RefusesWhatIsNotASizeAndSaysSo) {
  for (const char* text : {"", "m", "-1", "12x", "1e30", "nan", "1mm"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size.has_value()) << text;
    EXPECT_EQ(size.error().fault, Fault::invalid);
    EXPECT_NE(size.error().detail.find(text), std::string::npos);
  }
}

TEST(Size, FormatsWithOneDecimalAtMost) {
  EXPECT_EQ(format_size(117), "117 B");
  EXPECT_EQ(format_size(25u << 20), "25 MiB");
  EXPECT_EQ(format_size(3u << 29), "1.5 GiB");
}

TEST(Random, HexHasTheShapeAskedFor) {
  const std::string hex = random_hex(16, HexCase::upper);
  EXPECT_EQ(hex.size(), 32u);
  EXPECT_EQ(hex.find_first_not_of("0123456789ABCDEF"), std::string::npos);
  EXPECT_NE(hex, random_hex(16, HexCase::upper));
}

TEST(FakeClock, StandsStillUntilAdvanced) {
  FakeClock clock(1000);
  EXPECT_EQ(clock.now().unix_seconds, 1000);
  clock.advance_seconds(5);
  EXPECT_EQ(clock.now().unix_seconds, 1005);
  EXPECT_EQ(clock.now().steady_ns, 5'000'000'000u);
}

}  // namespace
}  // namespace cachery
