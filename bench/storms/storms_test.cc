// The probe and the login storm against a server that does as it is told: late, wrong, or not at
// all.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <thread>

#include "bench/storms/flags.h"
#include "bench/storms/login_storm.h"
#include "bench/storms/probe.h"

namespace cachery::bench {
namespace {

// Accepts connections, one at a time, and answers what each read brings with what `answer` says of
// it; an empty answer closes the connection.
class Scripted {
 public:
  explicit Scripted(std::function<std::string(std::string_view)> answer)
      : answer_(std::move(answer)), listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listening_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listening_, 64), 0);
    getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = std::to_string(ntohs(address.sin_port));
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  Scripted(const Scripted&) = delete;
  Scripted& operator=(const Scripted&) = delete;
  ~Scripted() {
    thread_ = {};
    close(listening_);
  }

  Endpoint endpoint() const { return {.host = "127.0.0.1", .port = port_}; }

 private:
  static bool is_ready(int descriptor) {
    pollfd one{.fd = descriptor, .events = POLLIN, .revents = 0};
    return poll(&one, 1, 20) == 1;
  }

  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (!is_ready(listening_)) continue;
      const int peer = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      converse(peer, stop);
      close(peer);
    }
  }

  void converse(int peer, const std::stop_token& stop) {
    std::array<char, 4096> input{};
    while (!stop.stop_requested()) {
      if (!is_ready(peer)) continue;
      const ssize_t got = recv(peer, input.data(), input.size(), 0);
      if (got <= 0) return;
      const std::string said = answer_({input.data(), static_cast<size_t>(got)});
      if (said.empty()) return;
      send(peer, said.data(), said.size(), MSG_NOSIGNAL);
    }
  }

  std::function<std::string(std::string_view)> answer_;
  int listening_;
  std::string port_;
  std::jthread thread_;
};

ProbeSettings small_probe(const Scripted& server) {
  ProbeSettings settings;
  settings.server = server.endpoint();
  settings.connections = 1;
  settings.keys = 1;
  settings.warmup_seconds = 0;
  settings.seconds = 0.3;
  return settings;
}

TEST(Probe, CountsThatARequestWaitedForTheAnswerBeforeIt) {
  // The first get is answered after 200 ms; those that were due meanwhile waited, too.
  int gets = 0;
  const Scripted server([&](std::string_view input) -> std::string {
    if (input.starts_with("set")) return "STORED\r\n";
    if (++gets == 1) {
      timespec pause{.tv_sec = 0, .tv_nsec = 200'000'000};
      while (clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, &pause) != 0) {
      }
    }
    return "END\r\n";
  });
  ProbeSettings settings = small_probe(server);
  settings.rate = 100;
  settings.get_ratio = 1;
  const Result<ProbeReport> report = run_probe(settings);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->unanswered, 0);
  EXPECT_GE(report->latency_ns.total(), 25);
  EXPECT_GE(report->latency_ns.max(), 190'000'000);
  // About twenty were due in the pause, the middle one of them 100 ms before its end.
  EXPECT_GE(report->latency_ns.quantile(0.6), 20'000'000);
}

TEST(Probe, CountsAWrongValueAndALostConnection) {
  int gets = 0;
  const Scripted server([&](std::string_view input) -> std::string {
    if (input.starts_with("set")) return "STORED\r\n";
    if (++gets == 2) return "";
    const std::string key(input.substr(4, input.find('\r') - 4));
    return "VALUE " + key + " 0 3\r\nbad\r\nEND\r\n";
  });
  ProbeSettings settings = small_probe(server);
  settings.rate = 100;
  settings.get_ratio = 1;
  const Result<ProbeReport> report = run_probe(settings);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->tally.wrong_values, 1);
  EXPECT_EQ(report->tally.connections_lost, 1);
}

TEST(LoginStorm, ComesAtItsRateAndTellsTheAcceptedFromTheRefused) {
  int comers = 0;
  const Scripted server([&](std::string_view input) -> std::string {
    EXPECT_EQ(input, "set user 0 0 4\r\nword\r\n");
    return ++comers % 2 == 0 ? "CLIENT_ERROR authentication failure\r\n" : "STORED\r\n";
  });
  LoginStormSettings settings;
  settings.server = server.endpoint();
  settings.login = {.username = "user", .password = "word"};
  settings.rate = 100;
  settings.seconds = 0.5;
  const Result<LoginStormReport> report = run_login_storm(settings);
  ASSERT_TRUE(report);
  EXPECT_NEAR(static_cast<double>(report->accepted + report->refused), 50, 5);
  EXPECT_NEAR(static_cast<double>(report->accepted), static_cast<double>(report->refused), 1);
  EXPECT_EQ(report->took_ns.total(), report->accepted);
}

TEST(Flags, RefusesWhatItDoesNotKnowAndKeepsWhatIsSaidTwice) {
  std::array<std::string, 5> words = {"program", "--login", "a:b", "--login", "c:d"};
  std::array<char*, 5> pointers{};
  for (size_t i = 0; i < words.size(); ++i) pointers[i] = words[i].data();
  const Result<Flags> flags = Flags::read(5, pointers.data(), {{"login", ""}, {"rate", "7"}});
  ASSERT_TRUE(flags);
  EXPECT_THAT(flags->all("login"), testing::ElementsAre("a:b", "c:d"));
  EXPECT_EQ(flags->number("rate"), 7);
  EXPECT_FALSE(Flags::read(5, pointers.data(), {{"rate", "7"}}));
  EXPECT_FALSE(Flags::read(4, pointers.data(), {{"login", ""}}));
}

}  // namespace
}  // namespace cachery::bench
