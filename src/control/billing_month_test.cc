#include "control/billing_month.h"

#include <gtest/gtest.h>

namespace cachery::control {
namespace {

using std::chrono::year;

TEST(BillingMonth, IsThatOfTheSecondInUtc) {
  EXPECT_EQ(month_of(0), year{1970} / 1);
  EXPECT_EQ(month_of(1'709'251'199), year{2024} / 2);  // 2024-02-29T23:59:59Z
  EXPECT_EQ(month_of(1'709'251'200), year{2024} / 3);
  EXPECT_EQ(start_of(year{2024} / 3), 1'709'251'200);
  EXPECT_EQ(end_of(year{2023} / 12), start_of(year{2024} / 1));
  EXPECT_EQ(next_month(year{2023} / 12), year{2024} / 1);
}

TEST(BillingMonth, HasWholeHoursInLeapYearsToo) {
  EXPECT_EQ(hours_in(year{2023} / 2), 672);
  EXPECT_EQ(hours_in(year{2024} / 2), 696);
  EXPECT_EQ(hours_in(year{2000} / 2), 696);
  EXPECT_EQ(hours_in(year{2100} / 2), 672);
  EXPECT_EQ(hours_in(year{2024} / 4), 720);
  EXPECT_EQ(hours_in(year{2024} / 3), 744);  // where clocks change: UTC has no such hour
  EXPECT_EQ(hours_in(year{2024} / 10), 744);
}

TEST(BillingMonth, IsReadAsItIsWritten) {
  for (const char* text : {"1970-01", "2024-02", "2024-12", "9999-12"}) {
    const auto month = parse_month(text);
    ASSERT_TRUE(month.has_value()) << text;
    EXPECT_EQ(name_of(*month), text);
  }
  for (const char* text :
       {"", "2024", "2024-2", "2024-00", "2024-13", "24-02", "2024/02", "2024-02-01", "1969-12",
        "-024-02", "2024--1", "2024-+1", "202a-02", "2024-0b"}) {
    EXPECT_EQ(parse_month(text).error().fault, Fault::invalid) << text;
  }
}

}  // namespace
}  // namespace cachery::control
