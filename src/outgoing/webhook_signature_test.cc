#include "outgoing/webhook_signature.h"

#include <gtest/gtest.h>

namespace cachery::outgoing {
namespace {

// Computed with Python's hmac module: hmac.new(b"key", b"1700000000.{}", "sha256").hexdigest()
TEST(WebhookSignature, IsTheHmacOfTimeAndBody) {
  EXPECT_EQ(sign("key", 1'700'000'000, "{}"),
            "t=1700000000,v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae");
}

TEST(WebhookSignature, ChangesWithSecretTimeAndBody) {
  const std::string one = sign("key", 1'700'000'000, "{}");
  EXPECT_NE(sign("kez", 1'700'000'000, "{}"), one);
  EXPECT_NE(sign("key", 1'700'000'000, "{ }"), one);
  EXPECT_NE(sign("key", 1'700'000'001, "{}").substr(13), one.substr(13));
  EXPECT_EQ(sign("", 0, "").size(), std::string("t=0,v1=").size() + 64);
}

}  // namespace
}  // namespace cachery::outgoing
