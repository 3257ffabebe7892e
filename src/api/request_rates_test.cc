#include "api/request_rates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/basic_fixture.h"
#include "api/people_fixture.h"
#include "api/v2_cache.h"

namespace cachery::api {
namespace {

using http::Method;
using testing::HasSubstr;

constexpr int kChangesAtOnce = static_cast<int>(kChangesOfPrincipal.burst_count);

struct RequestRatesTest : testing::Test {
  int rename(Browser& browser) {
    return browser.status(Method::patch, "/teams/" + std::to_string(browser.own_team()),
                          R"({"name":"shop"})");
  }
  http::Response flush(const control::OpenCredential& credential) {
    const std::string target =
        "/api/v2/caches/" + std::to_string(credential.record.cache) + "/flush";
    return analytics.handle({.method = Method::post,
                             .segments = http::parse_target(target).value().segments,
                             .headers = {{"Authorization", basic_header(credential)}}});
  }

  PeopleApi api;
  BasicLogin login{api.publisher, &api.request_rates};
  http::Router analytics{v2_endpoints(login, v2_cache_rows(api.admin))};
};

TEST_F(RequestRatesTest, APersonWhoChangesTooMuchIsToldWhenToComeAgain) {
  Browser ann(api, "ann@example.org");
  Browser bob(api, "bob@example.org");
  const std::string team = "/teams/" + std::to_string(ann.own_team());
  int changed = 0;
  http::Response last;
  for (int i = 0; i < kChangesAtOnce + 10; ++i) {
    last = ann.ask(Method::patch, team, R"({"name":"shop"})");
    changed += last.status == 200;
  }
  EXPECT_EQ(changed, kChangesAtOnce);
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(last.header("Retry-After"), "1");
  EXPECT_THAT(last.body, HasSubstr("too_many_requests"));
  EXPECT_EQ(ann.status(Method::get, team), 200) << "reading has a rate of its own";
  EXPECT_EQ(rename(bob), 200) << "others have theirs";
  api.clock.advance_seconds(1);
  EXPECT_EQ(ann.status(Method::patch, team, R"({"name":"shop"})"), 200);
}

TEST_F(RequestRatesTest, TheOperatorHasNone) {
  for (int i = 0; i < kChangesAtOnce + 10; ++i) {
    ASSERT_NE(api.ask_as("operator", Method::patch, "/plans/dev", "{}").status, 429) << i;
  }
}

TEST_F(RequestRatesTest, AllCredentialsOfACacheAreOne) {
  const auto made = api.make_cache("shop");
  const auto other = api.make_cache("other");
  const auto second = api.credentials.create({api.actor}, made.cache.id, {});
  ASSERT_TRUE(second.has_value()) << second.error().detail;
  int flushed = 0;
  for (int i = 0; i < kChangesAtOnce; ++i) flushed += flush(made.primary()).status == 204;
  EXPECT_EQ(flushed, kChangesAtOnce);
  EXPECT_EQ(flush(made.primary()).status, 429);
  EXPECT_EQ(flush(*second).status, 429);
  EXPECT_EQ(flush(other.primary()).status, 204);
}

}  // namespace
}  // namespace cachery::api
