#include "trusted_proxies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cachery {
namespace {

struct TrustedProxiesTest : testing::Test {
  std::string peer_of(const std::string& peer, const std::string& forwarded_for) {
    return proxies.unwrap({.headers = {{"x-Forwarded-For", forwarded_for}}, .peer = peer}).peer;
  }

  TrustedProxies proxies = TrustedProxies::parse("127.0.0.1, 10.0.0.0/8,::1").value();
};

TEST_F(TrustedProxiesTest, AProxyIsBelievedWhoItsClientIs) {
  EXPECT_EQ(peer_of("127.0.0.1", "192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(peer_of("::1", "2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(peer_of("127.0.0.1", "192.0.2.7, 10.1.2.3"), "192.0.2.7") << "two proxies";
}

TEST_F(TrustedProxiesTest, WhatAClientWritesBeforeThatIsNot) {
  EXPECT_EQ(peer_of("127.0.0.1", "203.0.113.1, 192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(peer_of("127.0.0.1", "10.9.9.9, 192.0.2.7, 10.1.2.3"), "192.0.2.7");
}

TEST_F(TrustedProxiesTest, WhoIsNoProxyIsNotBelieved) {
  EXPECT_EQ(peer_of("192.0.2.7", "203.0.113.1"), "192.0.2.7");
  EXPECT_FALSE(
      proxies.unwrap({.headers = {{"X-Forwarded-Proto", "https"}}, .peer = "192.0.2.7"}).is_tls);
}

TEST_F(TrustedProxiesTest, WhatIsNoAddressEndsTheWayBack) {
  for (const char* hop : {"", "unknown", "192.0.2.7:80", "10.0.0.0/8", ","}) {
    EXPECT_EQ(peer_of("127.0.0.1", hop), "127.0.0.1") << hop;
  }
}

TEST_F(TrustedProxiesTest, ManyComeByAProxyAndByThisMachine) {
  for (const char* address : {"10.1.2.3", "127.0.0.1", "::1"}) {
    EXPECT_TRUE(proxies.is_shared_address(address)) << address;
    EXPECT_EQ(TrustedProxies().is_shared_address(address), address != std::string("10.1.2.3"));
  }
  for (const char* address : {"192.0.2.7", "2001:db8::7", "", "?"}) {
    EXPECT_FALSE(proxies.is_shared_address(address)) << address;
  }
}

TEST_F(TrustedProxiesTest, AProxyTellsWhetherItsClientCameByTls) {
  EXPECT_TRUE(
      proxies.unwrap({.headers = {{"X-Forwarded-Proto", "https"}}, .peer = "10.0.0.1"}).is_tls);
  EXPECT_FALSE(
      proxies.unwrap({.headers = {{"X-Forwarded-Proto", "http"}}, .peer = "10.0.0.1"}).is_tls);
}

TEST_F(TrustedProxiesTest, AHandlerIsToldOfTheClient) {
  const auto tell = [](const http::Request& request) {
    return http::Response{.body = request.peer};
  };
  const http::Request request{.headers = {{"X-Forwarded-For", "192.0.2.7"}}, .peer = "10.0.0.1"};
  EXPECT_EQ(proxies.before(tell)(request).body, "192.0.2.7");
  EXPECT_EQ(TrustedProxies::parse("")->before(tell)(request).body, "10.0.0.1");
}

TEST_F(TrustedProxiesTest, WhatIsNoNetworkIsNamed) {
  for (const char* text : {"localhost", "10.0.0.0/33", "127.0.0.1 10.0.0.1"}) {
    EXPECT_THAT(TrustedProxies::parse(text).error().detail, testing::HasSubstr(text));
  }
}

}  // namespace
}  // namespace cachery
