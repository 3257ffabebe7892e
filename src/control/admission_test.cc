#include "control/admission.h"

#include <gtest/gtest.h>

namespace cachery::control {
namespace {

TEST(Admission, TakesNetworksOfBothFamiliesAndSingleAddresses) {
  for (const char* network :
       {"10.0.0.0/8", "192.168.1.7", "::1/128", "2001:db8::/32", "0.0.0.0/0", "10.1.2.3/32"}) {
    EXPECT_TRUE(check_network(network).has_value()) << network;
  }
}

TEST(Admission, RefusesWhatIsNoNetwork) {
  for (const char* network : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::1/129",
                              "10.0.0/8", "example.org", "10.0.0.0/8x", "10.0.0.0 /8"}) {
    EXPECT_FALSE(check_network(network).has_value()) << network;
  }
}

TEST(Admission, AnOwnPortNeedsAnAllowListUnlessOnlyLoopbackCanReachIt) {
  tenant::Admission admission;
  admission.own_port = 12000;
  EXPECT_EQ(check_admission(admission, {Exposure::network}).error().fault, Fault::invalid);
  EXPECT_TRUE(check_admission(admission, {Exposure::loopback_only}).has_value());
  admission.own_port_networks = {"10.0.0.0/8"};
  EXPECT_TRUE(check_admission(admission, {Exposure::network}).has_value());
}

TEST(Admission, AnAllowListNeedsAnOwnPort) {
  tenant::Admission admission;
  admission.own_port_networks = {"10.0.0.0/8"};
  EXPECT_FALSE(check_admission(admission, {Exposure::network}).has_value());
}

TEST(Admission, AnOwnPortIsNotTheServices) {
  tenant::Admission admission;
  admission.own_port = 11211;
  admission.own_port_networks = {"10.0.0.0/8"};
  EXPECT_EQ(check_admission(admission, {Exposure::network, {11211}}).error().fault,
            Fault::conflict);
}

TEST(Admission, NamesAreBounded) {
  const NodeFacts facts;
  tenant::Admission admission;
  admission.tls_server_name = "a.cache.example.org";
  admission.tls_client_name = "web 1";
  EXPECT_TRUE(check_admission(admission, facts).has_value());
  admission.tls_server_name = "two words";
  EXPECT_FALSE(check_admission(admission, facts).has_value());
  admission.tls_server_name.clear();
  admission.tls_client_name = std::string(64, 'n');
  EXPECT_TRUE(check_admission(admission, facts).has_value());
  admission.tls_client_name += 'n';
  EXPECT_FALSE(check_admission(admission, facts).has_value());
}

TEST(Admission, AServerNameIsOneThatCanBeOnesOwn) {
  for (const char* name : {"a.example.org", "example.org", "cache.internal", "A-1.example.io",
                           "xn--bcher-kva.example"}) {
    EXPECT_TRUE(check_server_name(name).has_value()) << name;
  }
  for (const char* name :
       {"", ".", "-", "com", "new", "co.uk", "com.au", "a..b", ".a.b", "a.b.", "-a.example.org",
        "a-.example.org", "two words.org", "a_b.example.org"}) {
    EXPECT_EQ(check_server_name(name).error().fault, Fault::invalid) << name;
  }
  EXPECT_FALSE(check_server_name(std::string(64, 'a') + ".example.org").has_value());
  EXPECT_TRUE(check_server_name(std::string(63, 'a') + ".example.org").has_value());
}

TEST(Admission, ANewServerNameIsGuessedByNobody) {
  const std::string one = new_server_name("caches.example.org");
  EXPECT_TRUE(check_server_name(one).has_value()) << one;
  EXPECT_EQ(one.size(), 20 + std::string(".caches.example.org").size());
  EXPECT_NE(one, new_server_name("caches.example.org"));
}

TEST(Admission, AKeyPrefixIsPrintableAndLeavesRoomForTheKey) {
  EXPECT_TRUE(check_key_prefix("").has_value());
  EXPECT_TRUE(check_key_prefix(std::string(kKeyPrefixBytesMax, 'p')).has_value());
  EXPECT_FALSE(check_key_prefix(std::string(kKeyPrefixBytesMax + 1, 'p')).has_value());
  EXPECT_FALSE(check_key_prefix("a b").has_value());
  EXPECT_FALSE(check_key_prefix("a\r\n").has_value());
  EXPECT_FALSE(check_key_prefix("\xff").has_value());
}

}  // namespace
}  // namespace cachery::control
