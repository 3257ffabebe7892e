#include "control/plans.h"

#include <gtest/gtest.h>

namespace cachery::control {
namespace {

TEST(Plans, DevHoldsATenthMoreThan25MiB) {
  const auto plan = find_plan("dev");
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->mib, 25u);
  EXPECT_EQ(limit_bytes_of(plan->mib), 28'835'840u);
}

TEST(Plans, AreTenAndGrow) {
  ASSERT_EQ(plans().size(), 10u);
  for (size_t i = 1; i < plans().size(); ++i) EXPECT_GT(plans()[i].mib, plans()[i - 1].mib);
  EXPECT_EQ(plans().back().mib, 20'000u);
}

TEST(Plans, AnUnknownOneIsNamedWithThoseThereAre) {
  const auto plan = find_plan("huge");
  ASSERT_FALSE(plan.has_value());
  EXPECT_NE(plan.error().detail.find("\"huge\""), std::string::npos);
  EXPECT_NE(plan.error().detail.find("dev, 100, 250"), std::string::npos);
}

TEST(Plans, LargestCustomSizeDoesNotOverflow) {
  EXPECT_GT(limit_bytes_of(kCustomMibMax), kCustomMibMax << 20);
}

}  // namespace
}  // namespace cachery::control
