// What the tests of loops share: a clock that several threads may read, a client's end of a
// connection whose every wait is bounded, and a loop that runs on a thread of its own.
// For *_test.cc only. The line protocol that the loop's tests speak is in loop_test_handler.h.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "net/loop.h"
#include "net/poll.h"

namespace cachery::net::test {

// FakeClock is for one thread. It does not begin at 0, which a loop takes for "no time set".
class ManualClock final : public Clock {
 public:
  Now now() const override {
    const uint64_t ns = ns_.load();
    return {.unix_seconds = 1'700'000'000 + static_cast<int64_t>(ns / 1'000'000'000),
            .steady_ns = ns};
  }
  void advance_ms(uint64_t ms) { ns_ += ms * 1'000'000; }

 private:
  std::atomic<uint64_t> ns_ = 5'000'000'000;
};

// The bound is for a test that fails: nothing here claims how long something takes.
inline constexpr timeval kPatience{.tv_sec = 60, .tv_usec = 0};

enum class Ending { open, closed, reset };

// A blocking socket that closes itself.
class Client {
 public:
  explicit Client(int fd) : socket_(fd) {
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // Fewer only when the connection ended, or nothing came for a minute.
  std::string read(size_t bytes) {
    std::string text;
    while (text.size() < bytes && read_some(text, bytes - text.size())) {
    }
    return text;
  }
  std::string read_line() {
    std::string text;
    while (!text.ends_with('\n') && read_some(text, 1)) {
    }
    return text;
  }
  std::string read_to_end() {
    std::string text;
    while (read_some(text, 64u << 10)) {
    }
    return text;
  }
  std::string ask(std::string_view request) { return send(request) ? read_line() : "(not sent)"; }

  void end_sending() { shutdown(fd(), SHUT_WR); }
  void close() { const OwnedSocket closed = std::move(socket_); }
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  Ending ending() const { return ending_; }
  int fd() const { return socket_.fd(); }

 private:
  bool read_some(std::string& text, size_t bytes_max) {
    char buffer[64u << 10];
    ssize_t got = 0;
    do {
      got = recv(fd(), buffer, std::min(bytes_max, sizeof buffer), 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
      text.append(buffer, static_cast<size_t>(got));
      return true;
    }
    const bool has_waited = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    ending_ = got == 0 ? Ending::closed : has_waited ? Ending::open : Ending::reset;
    return false;
  }

  OwnedSocket socket_;
  Ending ending_ = Ending::open;
};

// A client of 127.0.0.1.
inline Client connect_to(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  // Before it has a bound on its waits: with one, a signal would end the call instead of
  // restarting it.
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0)
      << std::strerror(errno);
  return Client(fd);
}

// Empty, or why this machine has no such poller.
inline std::string why_unavailable(PollerKind kind) {
  const OwnedSocket wakeup = make_wakeup();
  const auto poller = open_poller(kind, wakeup.fd());
  return poller ? "" : poller.error().detail;
}

inline std::string name_of(const testing::TestParamInfo<PollerKind>& info) {
  return info.param == PollerKind::epoll ? "epoll" : "io_uring";
}

class LoopThread {
 public:
  LoopThread(const Clock& clock, PollerKind kind) {
    auto opened = Loop::open(clock, kind);
    EXPECT_TRUE(opened) << opened.error().detail;
    loop_ = std::move(*opened);
    thread_ =
        std::thread([this] { loop_->run([this](const Now&) { return ++seconds_ % 3 != 0; }); });
  }
  ~LoopThread() { stop(); }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  void stop() {
    if (!thread_.joinable()) return;
    loop_->stop();
    thread_.join();
  }
  // Runs it on the loop's thread and waits for it: with nothing to do, for one turn.
  template <typename Act>
  void call(Act act) {
    // Owned by both: set_value may still be at work when the waiter has gone on.
    const auto done = std::make_shared<std::promise<void>>();
    loop_->post([&, done] {
      act(*loop_);
      done->set_value();
    });
    done->get_future().wait();
  }
  size_t connections() {
    size_t count = 0;
    call([&](Loop& loop) { count = loop.connections().size(); });
    return count;
  }
  Loop& loop() { return *loop_; }
  int seconds() const { return seconds_.load(); }

 private:
  std::unique_ptr<Loop> loop_;
  std::atomic<int> seconds_ = 0;
  std::thread thread_;
};

// A loop of each kind of poller; skipped where the machine forbids it.
template <typename TestClock>
class LoopFixture : public testing::TestWithParam<PollerKind> {
 protected:
  void SetUp() override {
    if (const std::string why = why_unavailable(GetParam()); !why.empty()) {
      GTEST_SKIP() << "this machine forbids it: " << why;
    }
    loop_ = std::make_unique<LoopThread>(clock_, GetParam());
  }
  // Before what a test's handlers refer to.
  void TearDown() override { loop_.reset(); }

  TestClock clock_;
  std::unique_ptr<LoopThread> loop_;
};

}  // namespace cachery::net::test
