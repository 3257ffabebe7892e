#include "base/network.h"

#include <gtest/gtest.h>

namespace cachery {
namespace {

bool holds(std::string_view network, std::string_view address) {
  const auto parsed = Network::parse(network);
  EXPECT_TRUE(parsed) << network;
  return parsed && parsed->contains(address);
}

TEST(Network, HoldsTheAddressesOfItsPrefix) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(holds("192.168.128.0/17", "192.168.255.1"));
  EXPECT_FALSE(holds("192.168.128.0/17", "192.168.127.255"));
  EXPECT_TRUE(holds("192.0.2.6/31", "192.0.2.7"));
  EXPECT_FALSE(holds("192.0.2.6/31", "192.0.2.8"));
}

TEST(Network, OfOneAddressHoldsThatAddressAlone) {
  EXPECT_TRUE(holds("192.0.2.7", "192.0.2.7"));
  EXPECT_TRUE(holds("192.0.2.7/32", "192.0.2.7"));
  EXPECT_FALSE(holds("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(holds("::1", "::1"));
  EXPECT_FALSE(holds("::1/128", "::2"));
}

TEST(Network, OfNoPrefixHoldsItsWholeFamilyAndNotTheOther) {
  EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
  EXPECT_TRUE(holds("::/0", "2001:db8::1"));
  EXPECT_FALSE(holds("::/0", "203.0.113.9"));
}

TEST(Network, KnowsIpv6PrefixesThatEndWithinAByte) {
  EXPECT_TRUE(holds("2001:db8:8000::/33", "2001:db8:ffff::1"));
  EXPECT_FALSE(holds("2001:db8:8000::/33", "2001:db8:7fff::1"));
  EXPECT_TRUE(holds("2001:DB8::/32", "2001:db8::A"));
}

TEST(Network, IgnoresTheBitsBehindItsPrefix) {
  EXPECT_TRUE(holds("10.1.2.3/8", "10.9.9.9"));
  EXPECT_TRUE(holds("10.255.0.0/9", "10.128.0.1"));
}

TEST(Network, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/8/8",
        "10.0.0/8", "10.0.0.256", " 10.0.0.1", "::1/129", ":::/8", "localhost", "10.0.0.0/+8",
        "10.0.0.0/99999999999"}) {
    const auto parsed = Network::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fault, Fault::invalid) << text;
  }
  // A text that goes on behind a zero byte is not the text before it.
  EXPECT_FALSE(Network::parse(std::string_view("10.0.0.1\0x", 10)));
}

TEST(Network, HoldsNothingThatIsNoAddress) {
  EXPECT_FALSE(holds("0.0.0.0/0", "?"));
  EXPECT_FALSE(holds("0.0.0.0/0", ""));
  EXPECT_FALSE(holds("::/0", "::1/128"));
}

TEST(NetworkOfClient, IsAnIpv4AddressAndThe64OfAnIpv6One) {
  EXPECT_EQ(network_of_client("192.0.2.7"), "192.0.2.7");
  EXPECT_NE(network_of_client("192.0.2.7"), network_of_client("192.0.2.8"));
  EXPECT_EQ(network_of_client("2001:db8::1"), network_of_client("2001:db8:0:0:ffff::2"));
  EXPECT_NE(network_of_client("2001:db8::1"), network_of_client("2001:db8:0:1::1"));
  EXPECT_EQ(network_of_client("::ffff:192.0.2.7"), "192.0.2.7") << "all of IPv4 is no one client";
  EXPECT_EQ(network_of_client("?"), "?");
}

TEST(IsInNetworks, AsksAllAndPassesOverWhatIsNone) {
  EXPECT_TRUE(is_in_networks("10.1.2.3", {"nonsense", "::/0", "10.0.0.0/8"}));
  EXPECT_FALSE(is_in_networks("10.1.2.3", {"nonsense", "::/0", "11.0.0.0/8"}));
  EXPECT_FALSE(is_in_networks("10.1.2.3", {}));
}

}  // namespace
}  // namespace cachery
