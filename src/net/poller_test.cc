#include "net/poller.h"

#include <sys/socket.h>

#include "net/loop_test_peer.h"

namespace cachery::net {
namespace {

using namespace test;

// Does with what it is told no more than a test asks for.
class Events final : public PollerEvents {
 public:
  void on_turn() override { ++turns; }
  void on_wakeup() override { ++wakeups; }
  void on_readable(Connection&) override { ++readable; }
  uint64_t on_coming(Connection&, std::string_view) override { return 0; }
  void on_nearly(Connection&, uint64_t) override {}
  void on_received(Connection&, std::span<char> bytes) override {
    received.append(bytes.data(), bytes.size());
    if (bytes.empty()) ++ends;
  }
  void on_writable(Connection&) override { ++writable; }
  void on_broken(Connection&) override { ++broken; }
  void on_unsent(Connection& connection, std::string_view bytes) override {
    connection.output.append(bytes);
    if (peer >= 0) take_all();
  }
  void on_released(Connection&) override { ++released; }

  // As a peer that reads at the worst time.
  void take_all() {
    char buffer[64u << 10];
    ssize_t got = 0;
    while ((got = recv(peer, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
      taken.append(buffer, static_cast<size_t>(got));
    }
  }

  int turns = 0, wakeups = 0, readable = 0, writable = 0, broken = 0, released = 0, ends = 0;
  int peer = -1;
  std::string received;
  std::string taken;
};

class PollerTest : public testing::TestWithParam<PollerKind> {
 protected:
  void SetUp() override {
    if (const std::string why = why_unavailable(GetParam()); !why.empty()) {
      GTEST_SKIP() << "this machine forbids it: " << why;
    }
    auto opened = open_poller(GetParam(), wakeup_.fd());
    ASSERT_TRUE(opened) << opened.error().detail;
    poller_ = std::move(*opened);
    poller_->enter();
    int ends[2] = {-1, -1};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    connection_.socket = OwnedSocket(ends[0]);
    peer_ = OwnedSocket(ends[1]);
  }

  template <typename Until>
  void wait_until(Until is_true) {
    for (int i = 0; i < 600 && !is_true(); ++i) poller_->wait(100, events_);
    EXPECT_TRUE(is_true());
  }
  // What the peer gets until it has `bytes`; the kept output follows what was sent.
  std::string deliver(size_t bytes) {
    events_.peer = peer_.fd();
    for (int i = 0; i < 600 && events_.taken.size() < bytes; ++i) {
      poller_->wait(1, events_);
      events_.take_all();
      if (connection_.output.empty()) continue;
      const std::span<char> kept = connection_.output.bytes();
      connection_.output.consume(static_cast<size_t>(
          std::max<ptrdiff_t>(send_now(connection_.socket.fd(), {kept.data(), kept.size()}), 0)));
    }
    return events_.taken;
  }

  const OwnedSocket wakeup_ = make_wakeup();
  Events events_;
  OwnedSocket peer_;
  Connection connection_;
  std::unique_ptr<Poller> poller_;  // last: it may know of the connection
};

INSTANTIATE_TEST_SUITE_P(Pollers, PollerTest,
                         testing::Values(PollerKind::io_uring, PollerKind::epoll), name_of);

TEST_P(PollerTest, TellsOfAWakeupFromAnotherThread) {
  std::thread other([this] { wake(wakeup_.fd()); });
  wait_until([this] { return events_.wakeups > 0; });
  other.join();
  EXPECT_GT(events_.turns, 0);
}

TEST_P(PollerTest, TellsOfBytesAndOfTheEndOfThem) {
  ASSERT_TRUE(poller_->add(connection_));
  ASSERT_EQ(send_now(peer_.fd(), "hello"), 5);
  wait_until([this] { return events_.readable > 0 || events_.received == "hello"; });
  char buffer[8];
  if (events_.readable > 0) {
    EXPECT_EQ(recv(connection_.socket.fd(), buffer, sizeof buffer, 0), 5);
  }
  events_.readable = 0;
  peer_ = OwnedSocket();
  wait_until([this] { return events_.readable > 0 || events_.ends > 0 || events_.broken > 0; });
}

TEST_P(PollerTest, IsSilentOfInputThatNobodyWatches) {
  ASSERT_TRUE(poller_->add(connection_));
  poller_->watch(connection_, Watch::nothing);
  poller_->wait(0, events_);
  ASSERT_EQ(send_now(peer_.fd(), "hello"), 5);
  poller_->wait(0, events_);
  EXPECT_EQ(events_.readable, 0);
  EXPECT_EQ(events_.received, "");
  poller_->watch(connection_, Watch::input);
  wait_until([this] { return events_.readable > 0 || events_.received == "hello"; });
}

// A short reply falls short; while that is told the peer reads, so that there is room for the long
// one that follows. It must not go first.
TEST_P(PollerTest, KeepsALongReplyBehindTheRestOfAShortOne) {
  const int least = 1;
  setsockopt(connection_.socket.fd(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
  ASSERT_TRUE(poller_->add(connection_));
  events_.peer = peer_.fd();
  const std::string first(60'000, 'a');
  const std::string second(200'000, 'b');
  for (const std::string* reply : {&first, &second}) {
    ptrdiff_t sent = 0;
    if (connection_.output.empty()) sent = poller_->send(connection_, *reply, events_);
    ASSERT_GE(sent, 0);
    connection_.output.append(std::string_view(*reply).substr(static_cast<size_t>(sent)));
  }
  const std::string got = deliver(first.size() + second.size());
  EXPECT_EQ(got.size(), first.size() + second.size());
  EXPECT_TRUE(got == first + second) << "the first b is at " << got.find('b');
}

TEST_P(PollerTest, TellsThatAPeerReadsAgain) {
  ASSERT_TRUE(poller_->add(connection_));
  while (send_now(connection_.socket.fd(), std::string(10'000, 'x')) > 0) {
  }
  poller_->watch(connection_, Watch::output);
  poller_->wait(0, events_);
  EXPECT_EQ(events_.writable, 0);
  events_.peer = peer_.fd();
  events_.take_all();
  wait_until([this] { return events_.writable > 0; });
}

TEST_P(PollerTest, LetsGoOfARemovedConnection) {
  ASSERT_TRUE(poller_->add(connection_));
  poller_->wait(0, events_);
  connection_.is_dead = true;
  if (!poller_->remove(connection_, events_)) {
    wait_until([this] { return events_.released == 1; });
  }
  ASSERT_EQ(send_now(peer_.fd(), "x") > 0, GetParam() == PollerKind::epoll);
  poller_->wait(0, events_);
  EXPECT_EQ(events_.received, "");
}

}  // namespace
}  // namespace cachery::net
