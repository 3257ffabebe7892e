#include "control/sign_in_limits.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cachery::control {
namespace {

struct SignInLimitsTest : testing::Test {
  FakeClock clock;
  SignInLimits limits{clock};
};

TEST_F(SignInLimitsTest, AnAccountIsGuessedAtSlowlyFromTheWholeWorld) {
  int let_through = 0;
  uint32_t wait = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string address = fmt::format("192.0.2.{}", i);
    wait =
        limits.take({Attempted::sign_in, address, i % 2 ? "ann@example.org" : "ANN@example.org"});
    let_through += wait == 0;
  }
  EXPECT_EQ(let_through, 10);
  EXPECT_EQ(wait, 30u);
  clock.advance_seconds(wait);
  EXPECT_EQ(limits.take({Attempted::sign_in, "198.51.100.1", "ann@example.org"}), 0u);
  EXPECT_GT(limits.take({Attempted::sign_in, "198.51.100.2", "ann@example.org"}), 0u);
}

TEST_F(SignInLimitsTest, AnAddressIsLimitedWhateverItAsksFor) {
  int let_through = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string account = fmt::format("a{}@example.org", i);
    let_through += limits.take({Attempted::sign_in, "192.0.2.1", account}) == 0;
  }
  EXPECT_EQ(let_through, 30);
}

TEST_F(SignInLimitsTest, ANetworkOfIpv6IsOneAddress) {
  int let_through = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string address = fmt::format("2001:db8::{:x}", i);
    let_through += limits.take({Attempted::sign_in, address}) == 0;
  }
  EXPECT_EQ(let_through, 30);
  EXPECT_EQ(limits.take({Attempted::sign_in, "2001:db8:1::1"}), 0u);
}

TEST_F(SignInLimitsTest, ASuccessIsNotCounted) {
  for (int i = 0; i < 100; ++i) {
    const Attempt attempt{Attempted::sign_in, "192.0.2.1", "ann@example.org"};
    ASSERT_EQ(limits.take(attempt), 0u) << i;
    limits.give_back(attempt);
  }
}

TEST_F(SignInLimitsTest, WhatWasTakenRefusedAndSucceededIsCounted) {
  const Attempt attempt{Attempted::reset, "192.0.2.1", "ann@example.org"};
  for (int i = 0; i < 5; ++i) limits.take(attempt);
  limits.give_back(attempt);
  EXPECT_THAT(limits.metrics(), testing::HasSubstr("{what=\"reset\",result=\"taken\"} 3\n"));
  EXPECT_THAT(limits.metrics(), testing::HasSubstr("{what=\"reset\",result=\"refused\"} 2\n"));
  EXPECT_THAT(limits.metrics(), testing::HasSubstr("{what=\"reset\",result=\"succeeded\"} 1\n"));
  EXPECT_THAT(limits.metrics(), testing::HasSubstr("{what=\"sign_in\",result=\"taken\"} 0\n"));
}

}  // namespace
}  // namespace cachery::control
