#include "api/device_mark.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/people_fixture.h"

namespace cachery::api {
namespace {

using testing::HasSubstr;

struct DeviceMarkTest : testing::Test {
  static http::Request with_cookie(const std::string& cookie) {
    return {.headers = {{"Cookie", "theme=dark; " + cookie.substr(0, cookie.find(';'))}}};
  }
  const control::Sealer sealer{control::MasterKey{1, 2, 3}};
  const int64_t now = 1'700'000'000;
};

TEST_F(DeviceMarkTest, TellsWhoSignedInFromThisBrowserUntilItEnds) {
  const std::string cookie = device_cookie(sealer, 7, now, true);
  EXPECT_THAT(cookie, HasSubstr("; HttpOnly; SameSite=Lax; Secure"));
  EXPECT_EQ(device_owner(sealer, with_cookie(cookie), now), "account 7");
  EXPECT_EQ(device_owner(sealer, with_cookie(cookie), now + kDeviceMarkSeconds - 1), "account 7");
  EXPECT_FALSE(device_owner(sealer, with_cookie(cookie), now + kDeviceMarkSeconds).has_value());
}

TEST_F(DeviceMarkTest, NobodyElseCanMakeOne) {
  const control::Sealer other(control::MasterKey{4, 5, 6});
  for (const std::string& cookie :
       {device_cookie(other, 7, now, true), std::string("cachery_device="),
        std::string("cachery_device=zz"), std::string("cachery_device=00"), std::string(),
        "cachery_device=" + std::string(4096, 'a')}) {
    EXPECT_FALSE(device_owner(sealer, with_cookie(cookie), now).has_value()) << cookie;
  }
}

TEST_F(DeviceMarkTest, ASignInLeavesOne) {
  PeopleApi api;
  const control::AccountRecord ann = api.make_account("ann@example.org");
  const auto response = api.ask(http::Method::post, "/sign_in",
                                std::string(R"({"email":"ann@example.org","password":")") +
                                    control::AccountsFixture::kPassword + "\"}");
  std::string cookie;
  for (const auto& [name, value] : response.headers) {
    if (value.starts_with(kDeviceCookie)) cookie = value;
  }
  EXPECT_EQ(device_owner(api.sealer, with_cookie(cookie), api.clock.now().unix_seconds),
            "account " + std::to_string(ann.id));
}

}  // namespace
}  // namespace cachery::api
