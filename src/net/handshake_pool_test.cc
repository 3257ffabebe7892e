#include "net/handshake_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>

#include "net/tls_test_peer.h"

namespace cachery::net {
namespace {

using namespace test;

// FakeClock is for one thread; this one is read by the pool's.
class SharedClock final : public Clock {
 public:
  Now now() const override { return {.unix_seconds = std::time(nullptr), .steady_ns = ns_.load()}; }
  void advance_seconds(uint64_t seconds) { ns_ += seconds * 1'000'000'000u; }

 private:
  std::atomic<uint64_t> ns_ = 1;
};

// Where the secured connections arrive.
class Harvest {
 public:
  ~Harvest() {
    for (const SecuredConnection& connection : arrived_) ::close(connection.socket);
  }
  void add(SecuredConnection connection) {
    std::lock_guard lock(mutex_);
    order_.push_back(connection.tag);
    arrived_.push_back(std::move(connection));
    changed_.notify_all();
  }
  SecuredConnection take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::minutes(1), [&] { return !arrived_.empty(); })) {
      return {};
    }
    SecuredConnection first = std::move(arrived_.front());
    arrived_.pop_front();
    return first;
  }
  std::vector<uint64_t> order() {
    std::lock_guard lock(mutex_);
    return order_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<SecuredConnection> arrived_;
  std::vector<uint64_t> order_;
};

class HandshakePoolTest : public testing::Test {
 protected:
  void open(TlsSettings settings = {}) {
    settings.directory = directory_ / "tls";
    store_ = open_store(settings);
    client_context_ = client_context(directory_ / "tls" / "ca.pem");
  }
  void start(HandshakeLimits limits = {}) {
    if (!store_) open();
    auto pool = HandshakePool::start(limits, *store_, clock_, [this](SecuredConnection secured) {
      uint64_t in_progress = pool_->counters().in_progress;
      if (in_progress > most_in_progress_) most_in_progress_ = in_progress;
      harvest_.add(std::move(secured));
    });
    ASSERT_TRUE(pool) << pool.error().detail;
    pool_ = std::move(*pool);
  }
  // A client's socket whose other end is in the pool.
  int submit(uint64_t tag, std::string client = {}) {
    SocketPair pair = loopback_.connect();
    pool_->submit(pair.server, tag, std::move(client));
    return pair.client;
  }
  bool eventually_counts(uint64_t HandshakeCounters::* counter, uint64_t count) {
    return eventually([&] { return pool_->counters().*counter == count; });
  }
  void TearDown() override {
    if (!pool_) return;
    pool_->stop();
    HandshakeCounters end = pool_->counters();
    EXPECT_EQ(end.in_progress, 0u);
    EXPECT_EQ(end.waiting, 0u);
  }

  TempDirectory directory_;
  SharedClock clock_;
  Loopback loopback_;
  std::unique_ptr<CertificateStore> store_;
  TlsContext client_context_;
  Harvest harvest_;
  std::atomic<uint64_t> most_in_progress_ = 0;
  std::unique_ptr<HandshakePool> pool_;  // last: its threads use the rest
};

// Whether the other end has closed: end of file or a reset.
bool is_closed(int socket) {
  pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
  if (::poll(&waiting, 1, 60'000) != 1) return false;
  char byte = 0;
  return ::recv(socket, &byte, 1, 0) <= 0;
}

TEST_F(HandshakePoolTest, HandsOverAConnectionWithItsTagNameAndFirstBytes) {
  start();
  SocketClient client(submit(42), client_context_);
  ASSERT_EQ(client.shake_hands(), "");
  ASSERT_TRUE(client.write("version\r\n"));
  SecuredConnection secured = harvest_.take();
  ASSERT_TRUE(secured.stream);
  EXPECT_EQ(secured.tag, 42u);
  EXPECT_EQ(secured.stream->server_name(), "localhost");
  std::string text = read_plaintext(*secured.stream);
  std::array<std::byte, 4096> room{};
  EXPECT_TRUE(eventually([&] {
    ssize_t got = ::recv(secured.socket, room.data(), room.size(), 0);
    if (got > 0) {
      EXPECT_TRUE(secured.stream->feed(std::span(room).first(static_cast<size_t>(got))));
      text += read_plaintext(*secured.stream);
    }
    return text == "version\r\n";
  }));
  ASSERT_TRUE(secured.stream->write(bytes_of("VERSION 1\r\n")));
  std::span<const std::byte> reply = secured.stream->output();
  ASSERT_EQ(::send(secured.socket, reply.data(), reply.size(), 0),
            static_cast<ssize_t>(reply.size()));
  EXPECT_EQ(client.read(), "VERSION 1\r\n");
  ::close(secured.socket);
  EXPECT_EQ(pool_->counters().succeeded, 1u);
}

TEST_F(HandshakePoolTest, ClosesOnGarbageAndCountsAFailure) {
  start();
  int client = submit(1);
  ASSERT_EQ(::send(client, "get a\r\nget b\r\n", 14, 0), 14);
  EXPECT_TRUE(eventually_counts(&HandshakeCounters::failed, 1));
  EXPECT_TRUE(is_closed(client));
  ::close(client);
}

TEST_F(HandshakePoolTest, CountsAClientThatDistrustsTheServer) {
  start();
  open_store({.directory = directory_ / "other"});
  SocketClient client(submit(1), test::client_context(directory_ / "other" / "ca.pem"));
  EXPECT_NE(client.shake_hands().find("certificate verify failed"), std::string::npos);
  EXPECT_TRUE(eventually_counts(&HandshakeCounters::failed, 1));
}

TEST_F(HandshakePoolTest, TellsAClientThatItsCertificateIsMissingAndTakesOneThatHasIt) {
  open({.client_certificates = ClientCertificates::required});
  start();
  {
    SocketClient client(submit(1), client_context_);
    // A TLS 1.3 client is done before it is judged: the refusal is what it reads first.
    std::string reason = client.shake_hands();
    if (reason.empty()) reason = client.read() + client.error();
    EXPECT_NE(reason.find("certificate required"), std::string::npos) << reason;
    EXPECT_TRUE(eventually_counts(&HandshakeCounters::failed, 1));
  }
  give_certificate(client_context_, *store_->authority()->issue_client_certificate(
                                        "a1b2c3", present().unix_seconds));
  SocketClient client(submit(2), client_context_);
  ASSERT_EQ(client.shake_hands(), "");
  SecuredConnection secured = harvest_.take();
  ASSERT_TRUE(secured.stream);
  EXPECT_EQ(secured.stream->client_common_name(), "a1b2c3");
  ::close(secured.socket);
}

TEST_F(HandshakePoolTest, ForgetsAClientThatGivesUpMidHandshake) {
  start();
  auto hello = connect_stream(client_context_);
  for (size_t bytes : {size_t{0}, size_t{20}, hello->output().size()}) {
    uint64_t before = pool_->counters().abandoned;
    int client = submit(1);
    ASSERT_EQ(::send(client, hello->output().data(), bytes, 0), static_cast<ssize_t>(bytes));
    if (bytes == hello->output().size()) {
      char answer = 0;
      ASSERT_EQ(::recv(client, &answer, 1, 0), 1);  // the server is in the middle of it
    }
    ::close(client);
    EXPECT_TRUE(eventually_counts(&HandshakeCounters::abandoned, before + 1)) << bytes;
  }
  EXPECT_TRUE(eventually_counts(&HandshakeCounters::in_progress, 0));
}

TEST_F(HandshakePoolTest, DoesNoCryptographyForAClientThatHasGoneAlready) {
  start();
  SocketPair pair = loopback_.connect();
  auto hello = connect_stream(client_context_);
  ASSERT_GT(::send(pair.client, hello->output().data(), hello->output().size(), 0), 0);
  ASSERT_EQ(::shutdown(pair.client, SHUT_WR), 0);
  pool_->submit(pair.server, 1);
  EXPECT_TRUE(is_closed(pair.client));
  EXPECT_EQ(pool_->counters().abandoned, 1u);
  // OpenSSL's own count of the handshakes that it has begun.
  EXPECT_EQ(SSL_CTX_sess_accept(store_->current().get()), 0);
  ::close(pair.client);
}

TEST_F(HandshakePoolTest, EndsAHandshakeAtItsDeadlineAndNotBefore) {
  start();
  int silent = submit(1);
  ASSERT_TRUE(eventually_counts(&HandshakeCounters::in_progress, 1));
  clock_.advance_seconds(4);
  SocketClient in_time(submit(2), client_context_);
  ASSERT_EQ(in_time.shake_hands(), "");  // turns have passed since the clock was advanced
  ::close(harvest_.take().socket);
  EXPECT_EQ(pool_->counters().timed_out, 0u);
  clock_.advance_seconds(1);
  EXPECT_TRUE(eventually_counts(&HandshakeCounters::timed_out, 1));
  EXPECT_TRUE(is_closed(silent));
  ::close(silent);
}

TEST_F(HandshakePoolTest, DropsTheOldestAndServesTheNewestWhenItIsFull) {
  start({.threads = 2, .in_progress_max = 1, .waiting_max = 2});
  int silent = submit(0);
  std::array<SocketPair, 3> pairs{loopback_.connect(), loopback_.connect(), loopback_.connect()};
  for (uint64_t i = 0; i < 3; ++i) pool_->submit(pairs[i].server, i + 1);
  HandshakeCounters full = pool_->counters();
  EXPECT_EQ(full.in_progress, 1u);
  EXPECT_EQ(full.waiting, 2u);
  EXPECT_EQ(full.dropped, 1u);
  EXPECT_TRUE(is_closed(pairs[0].client));
  ::close(pairs[0].client);

  std::thread second([&] {
    SocketClient client(pairs[1].client, client_context_);
    EXPECT_EQ(client.shake_hands(), "");
  });
  std::thread third([&] {
    SocketClient client(pairs[2].client, client_context_);
    EXPECT_EQ(client.shake_hands(), "");
  });
  ::close(silent);
  second.join();
  third.join();
  ::close(harvest_.take().socket);
  ::close(harvest_.take().socket);
  EXPECT_EQ(harvest_.order(), (std::vector<uint64_t>{3, 2}));
}

TEST_F(HandshakePoolTest, AClientThatIsSilentManyTimesLeavesRoomForOthers) {
  start({.threads = 1, .in_progress_max = 4, .of_client_max = 2});
  std::array<int, 6> silent{};
  for (int& socket : silent) socket = submit(0, "flood");
  EXPECT_EQ(pool_->counters().in_progress, 2u);
  EXPECT_EQ(pool_->counters().waiting, 4u);
  SocketClient guest(submit(1, "guest"), client_context_);
  EXPECT_EQ(guest.shake_hands(), "");
  ::close(harvest_.take().socket);
  EXPECT_EQ(pool_->counters().in_progress, 2u);
  for (const int socket : silent) ::close(socket);
  EXPECT_TRUE(eventually_counts(&HandshakeCounters::abandoned, 6)) << "those that waited too";
}

TEST_F(HandshakePoolTest, AFreePlaceGoesToWhoHasFewestInProgress) {
  start({.threads = 1, .in_progress_max = 2, .of_client_max = 2});
  std::array<int, 2> silent{submit(0, "flood"), submit(0, "flood")};
  const int guest_socket = submit(1, "guest");
  const int newest = submit(2, "flood");
  EXPECT_EQ(pool_->counters().waiting, 2u);
  ::close(silent[0]);
  SocketClient guest(guest_socket, client_context_);
  EXPECT_EQ(guest.shake_hands(), "");
  const SecuredConnection secured = harvest_.take();
  EXPECT_EQ(secured.tag, 1u);
  ::close(secured.socket);
  ::close(silent[1]);
  ::close(newest);
}

TEST_F(HandshakePoolTest, DropsOfTheClientThatHasMostWaiting) {
  start({.threads = 1, .in_progress_max = 1, .of_client_max = 1, .waiting_max = 3});
  const int silent = submit(0, "flood");
  const int guest_socket = submit(1, "guest");
  std::array<int, 3> waiting{submit(2, "flood"), submit(3, "flood"), submit(4, "flood")};
  EXPECT_EQ(pool_->counters().dropped, 1u);
  EXPECT_TRUE(is_closed(waiting[0])) << "its oldest, though the guest has waited longer";
  ::close(silent);
  SocketClient guest(guest_socket, client_context_);
  EXPECT_EQ(guest.shake_hands(), "");
  ::close(harvest_.take().socket);
  for (const int socket : waiting) ::close(socket);
}

TEST_F(HandshakePoolTest, DropsWhatHasWaitedPastItsDeadline) {
  start({.threads = 1, .in_progress_max = 1, .waiting_max = 8});
  int silent = submit(0);
  int waiting = submit(1);
  EXPECT_EQ(pool_->counters().waiting, 1u);
  clock_.advance_seconds(5);
  EXPECT_TRUE(eventually_counts(&HandshakeCounters::timed_out, 2));
  EXPECT_TRUE(is_closed(waiting));
  ::close(silent);
  ::close(waiting);
}

// One end of many, driven without a thread each: a storm needs more clients than threads.
class StormClient {
 public:
  StormClient(int socket, const TlsContext& context)
      : socket_(socket), stream_(connect_stream(context)) {
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  }
  StormClient(StormClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), stream_(std::move(other.stream_)) {}
  ~StormClient() {
    if (socket_ >= 0) ::close(socket_);
  }

  bool is_done() const {
    return stream_->handshake() == TlsHandshake::done && stream_->output().empty();
  }
  // False when the server has closed.
  bool advance() {
    if (!stream_->output().empty()) {
      ssize_t sent =
          ::send(socket_, stream_->output().data(), stream_->output().size(), MSG_NOSIGNAL);
      if (sent > 0) stream_->consume_output(static_cast<size_t>(sent));
    }
    if (is_done()) return true;
    std::array<std::byte, 4096> room{};
    ssize_t got = ::recv(socket_, room.data(), room.size(), 0);
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    return stream_->feed(std::span(room).first(static_cast<size_t>(got))) && stream_->keep_input();
  }

 private:
  int socket_;
  std::unique_ptr<TlsStream> stream_;
};

TEST_F(HandshakePoolTest, ServesAStormOf500WithNeverMoreThan50InProgress) {
  start({.threads = 2, .in_progress_max = 50, .waiting_max = 500});
  std::vector<StormClient> clients;
  for (uint64_t i = 0; i < 500; ++i) clients.emplace_back(submit(i), client_context_);
  EXPECT_EQ(pool_->counters().in_progress, 50u);
  EXPECT_EQ(pool_->counters().waiting, 450u);
  uint64_t most = 0;
  EXPECT_TRUE(eventually([&] {
    size_t done = 0;
    for (StormClient& client : clients) {
      EXPECT_TRUE(client.advance());
      done += client.is_done() ? 1u : 0u;
    }
    most = std::max(most, pool_->counters().in_progress);
    return done == clients.size() || HasFailure();
  }));
  EXPECT_TRUE(eventually_counts(&HandshakeCounters::succeeded, 500));
  EXPECT_LE(most, 50u);
  EXPECT_LE(most_in_progress_.load(), 50u);
  HandshakeCounters end = pool_->counters();
  EXPECT_EQ(end.failed + end.timed_out + end.abandoned + end.dropped, 0u);
}

TEST_F(HandshakePoolTest, GoesOnWithTheOldCertificateAndTheNewOneAcrossAReload) {
  start();
  SocketClient before(submit(1), client_context_);
  ASSERT_EQ(before.shake_hands(), "");
  // Before there is another: a client may be done earlier than the pool is.
  SecuredConnection old = harvest_.take();
  ASSERT_TRUE(old.stream);
  ASSERT_TRUE(store_->reload(present()));
  SocketClient after(submit(2), client_context_);
  EXPECT_EQ(after.shake_hands(), "");
  ASSERT_TRUE(old.stream->write(bytes_of("still here\r\n")));
  std::span<const std::byte> bytes = old.stream->output();
  ASSERT_GT(::send(old.socket, bytes.data(), bytes.size(), 0), 0);
  EXPECT_EQ(before.read(), "still here\r\n");
  ::close(old.socket);
}

TEST_F(HandshakePoolTest, StopsWithHandshakesUnderWayAndRefusesNewOnes) {
  start({.threads = 2, .in_progress_max = 2, .waiting_max = 8});
  std::array<int, 4> clients{submit(1), submit(2), submit(3), submit(4)};
  pool_->stop();
  EXPECT_EQ(pool_->counters().dropped, 4u);
  for (int client : clients) {
    EXPECT_TRUE(is_closed(client));
    ::close(client);
  }
  int late = submit(5);
  EXPECT_TRUE(is_closed(late));
  ::close(late);
  EXPECT_EQ(pool_->counters().dropped, 5u);
}

}  // namespace
}  // namespace cachery::net
