#include "net/socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/network.h"
#include "net/loop_test_peer.h"

namespace cachery::net {
namespace {

using namespace test;

TEST(ListenTcp, NamesTheFreePortThatItChose) {
  const auto listener = listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(listener) << listener.error().detail;
  EXPECT_NE(listener->port, 0);
  const Client client = connect_to(listener->port);
  EXPECT_EQ(poll_readable({listener->socket.fd()}, 60'000), std::vector<bool>{true});
  bool is_exhausted = true;
  const OwnedSocket accepted(accept_connection(listener->socket.fd(), &is_exhausted));
  EXPECT_TRUE(accepted);
  EXPECT_FALSE(is_exhausted);
  EXPECT_EQ(peer_address(accepted.fd()), "127.0.0.1");
  EXPECT_EQ(accept_connection(listener->socket.fd(), &is_exhausted), -1);
  EXPECT_FALSE(is_exhausted);
}

TEST(ListenTcp, SaysThatAPortIsInUse) {
  const auto first = listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(first);
  const auto second = listen_tcp("127.0.0.1", first->port);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().fault, Fault::conflict);
  EXPECT_NE(second.error().detail.find(std::to_string(first->port)), std::string::npos);
}

TEST(ListenTcp, RefusesWhatIsNoAddress) {
  for (const std::string& text : {std::string("localhost"), std::string(""), std::string("::g")}) {
    const auto listener = listen_tcp(text, 0);
    ASSERT_FALSE(listener) << text;
    EXPECT_EQ(listener.error().fault, Fault::invalid);
  }
}

TEST(ListenOnAll, TakesOneFreePortOnEachAddress) {
  const auto listeners = listen_on_all({"127.0.0.1", "127.0.0.2"}, 0);
  ASSERT_TRUE(listeners) << listeners.error().detail;
  ASSERT_EQ(listeners->each.size(), 2u);
  EXPECT_NE(listeners->port, 0);
  for (const Listener& listener : listeners->each) EXPECT_EQ(listener.port, listeners->port);
  const auto again = listen_on_all({"127.0.0.3", "127.0.0.2"}, listeners->port);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault, Fault::conflict);
}

TEST(ListenOnAll, EveryAddressOfBothFamiliesStandsBesideEachOther) {
  if (!has_address("::1")) GTEST_SKIP() << "this machine has no IPv6";
  const auto listeners = listen_on_all({"0.0.0.0", "::"}, 0);
  EXPECT_TRUE(listeners) << listeners.error().detail;
}

TEST(AddressesOfHost, AreThoseOfANameAndAnAddressIsItsOwn) {
  EXPECT_EQ(addresses_of_host("192.0.2.7").value(), std::vector<std::string>{"192.0.2.7"});
  EXPECT_EQ(addresses_of_host("[::1]").value(), std::vector<std::string>{"::1"});
  EXPECT_EQ(addresses_of_host("::").value(), std::vector<std::string>{"::"});
  const auto local = addresses_of_host("localhost");
  ASSERT_TRUE(local) << local.error().detail;
  for (const std::string& address : *local) {
    EXPECT_TRUE(address.starts_with("127.") || address == "::1") << address;
  }
  for (const char* none : {"", "::g", "a b", "host.invalid"}) {
    ASSERT_FALSE(addresses_of_host(none)) << none;
    EXPECT_EQ(addresses_of_host(none).error().fault, Fault::invalid);
  }
}

TEST(HasAddress, ToListenOn) {
  EXPECT_TRUE(has_address("127.0.0.1"));
  EXPECT_FALSE(has_address("192.0.2.7"));
  EXPECT_FALSE(has_address("no address"));
}

TEST(PeerAddress, OfAnIpv4ClientOfAnIpv6ListenerIsItsIpv4Address) {
  const auto listener = listen_tcp("::", 0);
  if (!listener) GTEST_SKIP() << "this machine has no IPv6: " << listener.error().detail;
  const Client client = connect_to(listener->port);
  ASSERT_EQ(poll_readable({listener->socket.fd()}, 60'000), std::vector<bool>{true});
  bool is_exhausted = false;
  const OwnedSocket accepted(accept_connection(listener->socket.fd(), &is_exhausted));
  EXPECT_EQ(peer_address(accepted.fd()), "127.0.0.1");
  EXPECT_TRUE(is_in_networks(peer_address(accepted.fd()), {"127.0.0.0/8"}));
}

TEST(PeerAddress, IsUnknownOfWhatIsNotConnected) { EXPECT_EQ(peer_address(-1), "?"); }

}  // namespace
}  // namespace cachery::net
