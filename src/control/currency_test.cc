#include "control/currency.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace cachery::control {
namespace {

TEST(Currency, IsThreeCapitalLetters) {
  EXPECT_TRUE(check_currency("USD").has_value());
  for (const char* code : {"", "US", "usd", "USDX", "U$D", "US "}) {
    EXPECT_EQ(check_currency(code).error().fault, Fault::invalid) << code;
  }
}

TEST(Currency, AnAmountHasTheDecimalsOfItsMinorUnit) {
  EXPECT_EQ(format_minor(1205, "USD"), "12.05");
  EXPECT_EQ(format_minor(5, "EUR"), "0.05");
  EXPECT_EQ(format_minor(0, "EUR"), "0.00");
  EXPECT_EQ(format_minor(1205, "JPY"), "1205");
  EXPECT_EQ(format_minor(1205, "KWD"), "1.205");
  EXPECT_EQ(format_minor(-5, "USD"), "-0.05");
  EXPECT_EQ(format_minor(INT64_MIN, "USD"), "-92233720368547758.08");
}

}  // namespace
}  // namespace cachery::control
