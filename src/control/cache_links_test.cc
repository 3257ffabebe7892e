#include "control/cache_links.h"

#include <gtest/gtest.h>

#include "control/db/services_fixture.h"

namespace cachery::control {
namespace {

struct CacheLinksTest : testing::Test {
  ServicesFixture services;
  CacheLinks& links = services.links;
  CacheDetails made = services.make_cache("shop");
  CacheId id = made.cache.id;
};

TEST_F(CacheLinksTest, ACacheHasAnAddressFromTheStartAndItBeginsASession) {
  ASSERT_EQ(made.link_secret.size(), 32u);
  const auto session = links.begin(id, made.link_secret);
  ASSERT_TRUE(session.has_value());
  const auto checked = links.check(session->token);
  ASSERT_TRUE(checked.has_value());
  EXPECT_EQ(checked->cache, id);
  EXPECT_EQ(checked->csrf_token, session->csrf_token);
  EXPECT_EQ(session->token.find(made.link_secret), std::string::npos);
}

TEST_F(CacheLinksTest, OnlyItsOwnSecretOpensACache) {
  const std::string other = services.make_cache("other").link_secret;
  EXPECT_NE(other, made.link_secret);
  for (const std::string& secret : {other, std::string(), made.link_secret.substr(1)}) {
    EXPECT_EQ(links.begin(id, secret).error().fault, Fault::not_found);
  }
  EXPECT_EQ(links.begin(999, made.link_secret).error().fault, Fault::not_found);
}

TEST_F(CacheLinksTest, RotationEndsTheAddressAndItsSessionsAtOnce) {
  const auto session = links.begin(id, made.link_secret);
  const auto fresh = links.rotate(services.actor, id);
  ASSERT_TRUE(fresh.has_value());
  EXPECT_EQ(links.begin(id, made.link_secret).error().fault, Fault::not_found);
  EXPECT_EQ(links.check(session->token).error().fault, Fault::unauthorized);
  EXPECT_TRUE(links.begin(id, *fresh).has_value());
  EXPECT_EQ(services.caches.find("shop")->link_secret, *fresh);
  EXPECT_EQ(links.rotate(services.actor, 999).error().fault, Fault::not_found);
}

TEST_F(CacheLinksTest, ASessionEndsWithItsTimeAndItsCache) {
  const auto session = links.begin(id, made.link_secret);
  services.clock.advance_seconds(kLinkSessionSeconds - 1);
  EXPECT_TRUE(links.check(session->token).has_value());
  ASSERT_TRUE(services.caches.remove(services.actor, id).has_value());
  EXPECT_EQ(links.check(session->token).error().fault, Fault::unauthorized);
  EXPECT_EQ(links.begin(id, made.link_secret).error().fault, Fault::not_found);
  ASSERT_TRUE(services.caches.restore(services.actor, id).has_value());
  EXPECT_TRUE(links.check(session->token).has_value());
  services.clock.advance_seconds(1);
  EXPECT_EQ(links.check(session->token).error().fault, Fault::unauthorized);
}

TEST_F(CacheLinksTest, ATokenThatWasTouchedIsWorthNothing) {
  const std::string token = links.begin(id, made.link_secret)->token;
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_EQ(links.check(changed).error().fault, Fault::unauthorized) << i;
    EXPECT_EQ(links.check(token.substr(0, i)).error().fault, Fault::unauthorized) << i;
  }
  EXPECT_EQ(links.check("...").error().fault, Fault::unauthorized);
}

TEST_F(CacheLinksTest, TheSecretIsSealedInTheRecordAndAbsentFromTheAudit) {
  const std::string secret = links.rotate(services.actor, id).value();
  EXPECT_EQ(services.caches.find_record("shop")->sealed_link_secret.find(secret),
            std::string::npos);
  const auto rows = services.audit.list({.action = "cache.rotate_sso"})->rows;
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].before + rows[0].after, "{}{}");
}

}  // namespace
}  // namespace cachery::control
