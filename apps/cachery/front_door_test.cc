#include "front_door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cachery {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct FrontDoorTest : testing::Test {
  http::Response ask(const std::string& host, http::NamedValues headers = {},
                     const std::string& path = "api", bool is_tls = false) {
    headers.emplace_back("Host", host);
    return handler({.segments = {path}, .headers = std::move(headers), .is_tls = is_tls});
  }

  FrontDoor door{{.facts = {.own_names = {"cache.example.org"}},
                  .hosts = {"intern.example.net", "*.apps.example.net"},
                  .public_url = "https://cache.example.org"}};
  http::Handler handler =
      door.before([](const http::Request&) { return http::Response{.body = "served"}; });
};

TEST_F(FrontDoorTest, NamesOfTheServiceAddressesAndNamesWithoutADotPass) {
  for (const char* host :
       {"cache.example.org", "CACHE.example.org:8080", "cache.example.org.", "127.0.0.1:8080",
        "[::1]:8080", "192.0.2.7", "localhost:8080", "a.localhost", "cachery", "cachery:8080", "",
        "intern.example.net", "x.apps.example.net:443"}) {
    EXPECT_EQ(ask(host).status, 200) << host;
  }
}

TEST_F(FrontDoorTest, ANameOfSomebodyElsesIsToldWhatToDo) {
  for (const char* host : {"evil.example", "evil.example:8080", "cache.example.org.evil.example",
                           "127.0.0.1.evil.example", "apps.example.net", "xapps.example.net",
                           "evillocalhost.example"}) {
    EXPECT_EQ(ask(host).status, 421) << host;
  }
  EXPECT_THAT(ask("evil.example").body, HasSubstr("evil.example"));
  EXPECT_THAT(ask("evil.example").body, HasSubstr("--http-hosts"));
}

TEST_F(FrontDoorTest, WhatNoPageCanMakeUseOfPasses) {
  EXPECT_EQ(ask("evil.example", {{"Authorization", "Bearer x"}}).status, 200);
  for (const char* path : {"healthz", "readyz", "metrics"}) {
    EXPECT_EQ(ask("10-0-0-1.pod.example", {}, path).status, 200) << path;
  }
}

TEST_F(FrontDoorTest, BrowsersAreToldToComeByTlsWhereThePublicAddressIs) {
  EXPECT_EQ(ask("cache.example.org", {}, "api", true).header("Strict-Transport-Security"),
            "max-age=31536000");
  EXPECT_EQ(ask("cache.example.org").header("Strict-Transport-Security"), "");
  const FrontDoor plain{{.public_url = "http://cache.example.org"}};
  const auto answer = plain.before([](const http::Request&) { return http::Response{}; });
  EXPECT_EQ(answer({.is_tls = true}).header("Strict-Transport-Security"), "");
}

TEST(ParseHostsTest, TakesNamesAndDomainsAndNothingElse) {
  EXPECT_THAT(parse_hosts(" a.example.org, *.B.example.org ,").value(),
              ElementsAre("a.example.org", "*.b.example.org"));
  EXPECT_TRUE(parse_hosts("").value().empty());
  for (const char* text : {"a.example.org:80", "http://a", "*", "a.*.org", "*a.org"}) {
    ASSERT_FALSE(parse_hosts(text).has_value()) << text;
    EXPECT_THAT(parse_hosts(text).error().detail, HasSubstr(text));
  }
}

}  // namespace
}  // namespace cachery
