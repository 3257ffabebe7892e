// The generator against real servers: the distribution's memcached, and one that lies.
#include "bench/load.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "bench/report.h"

namespace cachery::bench {
namespace {

struct Listening {
  int descriptor;
  std::string port;
};

Listening listen_on_free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(listen(descriptor, 16), 0);
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  return {descriptor, std::to_string(ntohs(address.sin_port))};
}

std::string memcached_path() {
  const char* named = std::getenv("MEMCACHED");
  return named != nullptr && *named != '\0' ? named : "/usr/bin/memcached";
}

// Lives from construction to destruction, on a port that was free a moment before.
class Memcached {
 public:
  Memcached() {
    const Listening free = listen_on_free_port();
    port_ = free.port;
    close(free.descriptor);
    child_ = fork();
    if (child_ == 0) {
      execl(memcached_path().c_str(), "memcached", "-u", "nobody", "-l", "127.0.0.1", "-p",
            port_.c_str(), "-U", "0", "-t", "1", nullptr);
      _exit(127);
    }
    while (!ClientSocket::open(endpoint(), nullptr)) {
      if (waitpid(child_, nullptr, WNOHANG) != 0) {
        child_ = -1;
        return;
      }
      std::this_thread::yield();
    }
  }
  Memcached(const Memcached&) = delete;
  Memcached& operator=(const Memcached&) = delete;
  ~Memcached() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  bool is_running() const { return child_ > 0; }
  Endpoint endpoint() const { return {"127.0.0.1", port_}; }

 private:
  std::string port_;
  pid_t child_ = -1;
};

LoadSettings small_load(Endpoint endpoint) {
  LoadSettings settings;
  settings.server = std::move(endpoint);
  settings.connections = 4;
  settings.keys = 1000;
  settings.requests = 5000;
  settings.seed = 1;
  return settings;
}

class LoadOnMemcached : public testing::Test {
 protected:
  void SetUp() override {
    if (access(memcached_path().c_str(), X_OK) != 0) {
      GTEST_SKIP() << "skipped: no memcached at " << memcached_path();
    }
    server_ = std::make_unique<Memcached>();
    ASSERT_TRUE(server_->is_running());
  }
  std::unique_ptr<Memcached> server_;
};

TEST_F(LoadOnMemcached, FindsEveryKeyAfterAPrefillInEachProtocol) {
  for (const Protocol protocol : {Protocol::ascii, Protocol::meta, Protocol::binary}) {
    for (const size_t multiget : {1u, 20u}) {
      LoadSettings settings = small_load(server_->endpoint());
      settings.protocol = protocol;
      settings.multiget = multiget;
      settings.pipeline = 7;
      settings.prefill = Prefill::yes;
      const Result<LoadReport> report = run_load(settings);
      ASSERT_TRUE(report) << report.error().detail;
      EXPECT_TRUE(is_sound(*report)) << report_as_text(*report);
      EXPECT_EQ(report->tally.requests, 5000u);
      EXPECT_EQ(report->tally.misses, 0u);
      EXPECT_EQ(report->tally.stored + report->tally.hits / multiget, 5000u);
      EXPECT_NEAR(static_cast<double>(report->tally.stored), 500, 150);
      EXPECT_EQ(report->latency_ns.total(), 5000u);
    }
  }
}

TEST_F(LoadOnMemcached, MissesWhatNobodySet) {
  LoadSettings settings = small_load(server_->endpoint());
  settings.get_ratio = 1;
  const Result<LoadReport> report = run_load(settings);
  ASSERT_TRUE(report);
  EXPECT_TRUE(is_sound(*report));
  EXPECT_EQ(report->tally.misses, 5000u);
}

TEST_F(LoadOnMemcached, SeesTheValuesOfAnotherWriter) {
  LoadSettings settings = small_load(server_->endpoint());
  settings.prefill = Prefill::only;
  settings.value_bytes = 99;
  ASSERT_TRUE(run_load(settings));
  settings.prefill = Prefill::no;
  settings.value_bytes = 100;
  settings.get_ratio = 1;
  const Result<LoadReport> report = run_load(settings);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->tally.wrong_values, 5000u);
}

TEST_F(LoadOnMemcached, CarriesLargeValuesAndDividesThemAmongThreads) {
  LoadSettings settings = small_load(server_->endpoint());
  settings.keys = 20;
  settings.value_bytes = 700'000;
  settings.requests = 101;
  settings.multiget = 5;
  settings.threads = 3;
  settings.prefill = Prefill::yes;
  const Result<LoadReport> report = run_load(settings);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(is_sound(*report)) << report_as_text(*report);
  EXPECT_EQ(report->tally.requests, 101u);
}

// Accepts one connection at a time and answers each read with the same bytes.
class LyingServer {
 public:
  explicit LyingServer(std::string answer)
      : listening_(listen_on_free_port()), thread_([this, answer] { lie(answer); }) {}
  LyingServer(const LyingServer&) = delete;
  LyingServer& operator=(const LyingServer&) = delete;
  ~LyingServer() {
    shutdown(listening_.descriptor, SHUT_RDWR);
    thread_.join();
    close(listening_.descriptor);
  }
  Endpoint endpoint() const { return {"127.0.0.1", listening_.port}; }

 private:
  void lie(const std::string& answer) const {
    int client = -1;
    while ((client = accept(listening_.descriptor, nullptr, nullptr)) >= 0) {
      std::array<char, 4096> request{};
      while (!answer.empty() && recv(client, request.data(), request.size(), 0) > 0) {
        send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      close(client);
    }
  }

  Listening listening_;
  std::thread thread_;
};

LoadReport load_on(const LyingServer& server) {
  LoadSettings settings = small_load(server.endpoint());
  settings.connections = 1;
  settings.requests = 1;
  settings.get_ratio = 1;
  const Result<LoadReport> report = run_load(settings);
  EXPECT_TRUE(report);
  return report.value_or(LoadReport{});
}

TEST(LoadOnALyingServer, CountsErrors) {
  const LoadReport report = load_on(LyingServer("SERVER_ERROR \"no\"\r\n"));
  EXPECT_FALSE(is_sound(report));
  EXPECT_EQ(report.tally.errors, 1u);
  EXPECT_THAT(report_as_json(report), testing::HasSubstr(R"("first_error":"SERVER_ERROR \"no\"")"));
}

TEST(LoadOnALyingServer, LosesTheConnectionOnWhatNobodyAskedFor) {
  const LoadReport report = load_on(LyingServer("END\r\nEND\r\n"));
  EXPECT_FALSE(is_sound(report));
  EXPECT_EQ(report.tally.connections_lost, 1u);
}

TEST(LoadOnALyingServer, EndsWhenEveryConnectionIsClosed) {
  const LoadReport report = load_on(LyingServer(""));
  EXPECT_EQ(report.tally.connections_lost, 1u);
}

TEST(Load, RefusesSettingsThatMakeNoSense) {
  LoadSettings settings = small_load({"127.0.0.1", "1"});
  settings.key_bytes = 2;
  settings.keys = 256;
  EXPECT_EQ(run_load(settings).error().fault, Fault::unavailable);  // it fits; nobody listens
  settings.keys = 257;
  EXPECT_EQ(run_load(settings).error().fault, Fault::invalid);
  settings = small_load({"127.0.0.1", "1"});
  settings.get_ratio = 1.1;
  EXPECT_EQ(run_load(settings).error().fault, Fault::invalid);
}

}  // namespace
}  // namespace cachery::bench
