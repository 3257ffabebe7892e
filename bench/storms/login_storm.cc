#include "bench/storms/login_storm.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <unordered_map>

namespace cachery::bench {
namespace {

using std::string_literals::operator""s;

constexpr size_t kBinaryHeaderBytes = 24;
constexpr uint64_t kAnswerNs = 10'000'000'000;

uint64_t steady_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

std::string text_login(const Login& login) {
  return fmt::format("set {} 0 0 {}\r\n{}\r\n", login.username, login.password.size(),
                     login.password);
}

std::string sasl_login(const Login& login) {
  const std::string body = "PLAIN\0"s + login.username + "\0"s + login.password;
  std::string header(kBinaryHeaderBytes, '\0');
  header[0] = static_cast<char>(0x80);
  header[1] = 0x21;
  header[3] = 5;
  header[11] = static_cast<char>(body.size());
  return header + body;
}

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

struct Comer {
  uint64_t since_ns = 0;
  std::unique_ptr<SSL, SslFree> ssl;
  std::string answer;
  bool has_spoken = false;
};

enum class Progress { waits, accepted, refused };

class LoginStorm {
 public:
  explicit LoginStorm(const LoginStormSettings& settings)
      : settings_(settings),
        greeting_(settings.greeting == Greeting::sasl ? sasl_login(settings.login)
                                                      : text_login(settings.login)) {}
  LoginStorm(const LoginStorm&) = delete;
  LoginStorm& operator=(const LoginStorm&) = delete;
  ~LoginStorm() {
    while (!open_.empty()) end(open_.begin()->first, Progress::waits);
    if (epoll_ >= 0) close(epoll_);
  }

  Status begin() {
    address_.sin_family = AF_INET;
    address_.sin_port = htons(static_cast<uint16_t>(std::stoul(settings_.server.port)));
    if (inet_pton(AF_INET, settings_.server.host.c_str(), &address_.sin_addr) != 1) {
      return fail(Fault::invalid, settings_.server.host + " is no IPv4 address");
    }
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (settings_.greeting == Greeting::tls) {
      Result<net::TlsContext> context = make_tls_context("");
      if (!context) return std::unexpected(context.error());
      context_ = std::move(*context);
    }
    return {};
  }

  LoginStormReport run() {
    const uint64_t start = steady_ns();
    const uint64_t end = start + static_cast<uint64_t>(settings_.seconds * 1e9);
    const auto gap_ns = static_cast<uint64_t>(1e9 / settings_.rate);
    uint64_t next = start;
    for (uint64_t now = start; now < end; now = steady_ns()) {
      for (; next <= now; next += gap_ns) {
        if (open_.size() < settings_.open_max) come(now);
      }
      wait(next - now);
      forget_silent();
    }
    report_.seconds = static_cast<double>(steady_ns() - start) / 1e9;
    return report_;
  }

 private:
  void come(uint64_t now) {
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
      ++report_.refused;
      return;
    }
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Comer& comer = open_[descriptor];
    comer.since_ns = now;
    report_.open_most = std::max(report_.open_most, open_.size());
    const auto* address = reinterpret_cast<const sockaddr*>(&address_);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.fd = descriptor;
    if ((connect(descriptor, address, sizeof address_) != 0 && errno != EINPROGRESS) ||
        epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
      end(descriptor, Progress::refused);
    }
  }

  void wait(uint64_t timeout_ns) {
    std::array<epoll_event, 256> events{};
    const timespec timeout{.tv_sec = static_cast<time_t>(timeout_ns / 1'000'000'000),
                           .tv_nsec = static_cast<long>(timeout_ns % 1'000'000'000)};
    const int count = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<size_t>(i)].data.fd;
      const Progress progress = settings_.greeting == Greeting::tls
                                    ? shake_hands(descriptor, open_[descriptor])
                                    : log_in(descriptor, open_[descriptor]);
      if (progress != Progress::waits) end(descriptor, progress);
    }
  }

  Progress shake_hands(int descriptor, Comer& comer) {
    if (!comer.ssl) {
      comer.ssl.reset(SSL_new(context_.get()));
      SSL_set_fd(comer.ssl.get(), descriptor);
    }
    ERR_clear_error();
    const int code = SSL_connect(comer.ssl.get());
    if (code == 1) return Progress::accepted;
    const int error = SSL_get_error(comer.ssl.get(), code);
    const bool waits = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    return waits ? Progress::waits : Progress::refused;
  }

  Progress log_in(int descriptor, Comer& comer) {
    if (!comer.has_spoken) {
      const ssize_t sent = send(descriptor, greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
      if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) return Progress::waits;
      if (sent != static_cast<ssize_t>(greeting_.size())) return Progress::refused;
      comer.has_spoken = true;
    }
    std::array<char, 256> part{};
    const ssize_t got = recv(descriptor, part.data(), part.size(), 0);
    if (got < 0 && errno == EAGAIN) return Progress::waits;
    if (got <= 0) return Progress::refused;
    comer.answer.append(part.data(), static_cast<size_t>(got));
    return judge(comer.answer);
  }

  Progress judge(std::string_view answer) const {
    if (settings_.greeting == Greeting::sasl) {
      if (answer.size() < kBinaryHeaderBytes) return Progress::waits;
      return answer[6] == 0 && answer[7] == 0 ? Progress::accepted : Progress::refused;
    }
    if (!answer.ends_with('\n')) return Progress::waits;
    return answer == "STORED\r\n" ? Progress::accepted : Progress::refused;
  }

  void end(int descriptor, Progress progress) {
    const auto at = open_.find(descriptor);
    if (progress == Progress::accepted) {
      ++report_.accepted;
      report_.took_ns.add(steady_ns() - at->second.since_ns);
    }
    if (progress == Progress::refused) ++report_.refused;
    open_.erase(at);
    close(descriptor);
  }

  void forget_silent() {
    const uint64_t now = steady_ns();
    if (now < next_look_ns_) return;
    next_look_ns_ = now + kAnswerNs / 10;
    for (auto at = open_.begin(); at != open_.end();) {
      const auto one = at++;
      if (now - one->second.since_ns > kAnswerNs) end(one->first, Progress::refused);
    }
  }

  const LoginStormSettings& settings_;
  const std::string greeting_;
  sockaddr_in address_{};
  net::TlsContext context_;
  int epoll_ = -1;
  std::unordered_map<int, Comer> open_;
  uint64_t next_look_ns_ = 0;
  LoginStormReport report_;
};

}  // namespace

Result<LoginStormReport> run_login_storm(const LoginStormSettings& settings) {
  if (!(settings.rate > 0)) return fail(Fault::invalid, "rate must be above 0");
  LoginStorm storm(settings);
  if (Status status = storm.begin(); !status) return std::unexpected(status.error());
  return storm.run();
}

std::string report_as_json(const LoginStormReport& report) {
  return fmt::format(
      "{{\"accepted\": {}, \"refused\": {}, \"seconds\": {:.2f}, \"rate\": {:.0f}, "
      "\"open_most\": {}, \"p50_us\": {:.1f}, \"p99_us\": {:.1f}}}",
      report.accepted, report.refused, report.seconds,
      static_cast<double>(report.accepted) / report.seconds, report.open_most,
      static_cast<double>(report.took_ns.quantile(0.5)) / 1e3,
      static_cast<double>(report.took_ns.quantile(0.99)) / 1e3);
}

}  // namespace cachery::bench
