#include "base/rfc3339.h"

#include <gtest/gtest.h>

namespace cachery {
namespace {

TEST(Rfc3339, ReadsAnyOffsetAndCutsFractionsOff) {
  constexpr int64_t kNoon = 1'673'364'000;  // as `date -d 2023-01-10T15:20:00Z +%s` says
  for (const char* text :
       {"2023-01-10T15:20:00Z", "2023-01-10t15:20:00z", "2023-01-10 15:20:00Z",
        "2023-01-10T15:20:00.999Z", "2023-01-10T16:20:00+01:00", "2023-01-10T09:50:00.5-05:30"}) {
    EXPECT_EQ(parse_rfc3339(text), kNoon) << text;
  }
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), 1'709'164'800);
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "now", "1673364000", "2023-01-10", "2023-01-10T15:20Z", "2023-01-10T15:20:00",
        "2023-13-10T15:20:00Z", "2023-02-29T15:20:00Z", "2023-01-10T24:00:00Z",
        "2023-01-10T15:60:00Z", "2023-01-10T15:20:61Z", "2023-01-10T15:20:00.Z",
        "2023-01-10T15:20:00Zx", "2023-01-10T15:20:00+1:00", "2023-01-10T15:20:00+24:00",
        "-023-01-10T15:20:00Z", "2023-01-10T15:20:00+01"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

TEST(Rfc3339, WritesWhatItReads) {
  for (const int64_t time : {int64_t{0}, int64_t{-1}, int64_t{1'673'364'000},
                             int64_t{1'709'164'799}, int64_t{253'402'300'799}}) {
    EXPECT_EQ(parse_rfc3339(format_rfc3339(time)), time);
  }
  EXPECT_EQ(format_rfc3339(1'673'364'000), "2023-01-10T15:20:00Z");
}

}  // namespace
}  // namespace cachery
