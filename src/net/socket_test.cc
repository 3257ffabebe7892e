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
    EXPECT_FALSE(check_address(text));
  }
  EXPECT_TRUE(check_address("::"));
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
