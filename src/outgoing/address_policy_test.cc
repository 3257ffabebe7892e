#include "outgoing/address_policy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

namespace cachery::outgoing {
namespace {

bool may_reach(const std::string& text) {
  if (text.find(':') == std::string::npos) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &address.sin_addr), 1) << text;
    return is_public(reinterpret_cast<const sockaddr&>(address));
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &address.sin6_addr), 1) << text;
  return is_public(reinterpret_cast<const sockaddr&>(address));
}

TEST(AddressPolicy, AddressesOfTheInternetArePublic) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.1",
        "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "100.63.255.255",
        "100.128.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(may_reach(text)) << text;
  }
}

TEST(AddressPolicy, LoopbackPrivateAndReservedOnesAreNot) {
  for (const char* text :
       {"0.0.0.0",         "0.1.2.3",         "10.0.0.1",        "10.255.255.255",
        "100.64.0.1",      "100.127.255.255", "127.0.0.1",       "127.255.255.255",
        "169.254.169.254", "172.16.0.1",      "172.31.255.255",  "192.0.0.8",
        "192.0.2.1",       "192.168.0.1",     "192.168.255.255", "198.18.0.1",
        "198.19.255.255",  "198.51.100.7",    "203.0.113.7",     "224.0.0.1",
        "239.255.255.255", "240.0.0.1",       "255.255.255.255"}) {
    EXPECT_FALSE(may_reach(text)) << text;
  }
  for (const char* text : {"::", "::1", "fe80::1", "fc00::1", "fdff::1", "ff02::1", "2001:db8::1",
                           "3fff::1", "100::1", "4000::1"}) {
    EXPECT_FALSE(may_reach(text)) << text;
  }
}

TEST(AddressPolicy, APrivateAddressInsideAnIpv6OneIsNot) {
  for (const char* text :
       {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::169.254.169.254",
        "2002:7f00:1::", "2002:a00:1::", "2001:0:53aa:64c::1"}) {
    EXPECT_FALSE(may_reach(text)) << text;
  }
}

TEST(AddressPolicy, WhatIsNoInternetAddressIsNot) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  EXPECT_FALSE(is_public(reinterpret_cast<const sockaddr&>(address)));
}

}  // namespace
}  // namespace cachery::outgoing
