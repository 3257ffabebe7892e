#include "bench/storms/probe.h"

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <deque>

namespace cachery::bench {
namespace {

constexpr uint64_t kDrainNs = 2'000'000'000;  // the last answers may come this much later

// The kernel stamps packets with the time of day, so everything here is measured by it.
uint64_t realtime_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t ns_of(double seconds) { return static_cast<uint64_t>(seconds * 1e9); }

struct Received {
  ssize_t bytes;
  uint64_t arrived_ns;  // 0: the kernel did not say
};

Received receive(int descriptor, char* out, size_t capacity) {
  iovec part{.iov_base = out, .iov_len = capacity};
  alignas(cmsghdr) std::array<char, 256> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  Received received{.bytes = recvmsg(descriptor, &message, 0), .arrived_ns = 0};
  if (received.bytes <= 0) return received;
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPING) continue;
    scm_timestamping stamps{};
    std::memcpy(&stamps, CMSG_DATA(one), sizeof stamps);
    received.arrived_ns = static_cast<uint64_t>(stamps.ts[0].tv_sec) * 1'000'000'000 +
                          static_cast<uint64_t>(stamps.ts[0].tv_nsec);
  }
  return received;
}

// One polite connection: a request at a time, those that came due meanwhile wait in order.
struct Polite {
  explicit Polite(ClientSocket socket_in) : socket(std::move(socket_in)) {}

  ClientSocket socket;
  std::deque<uint64_t> due_ns;
  Operation operation;
  std::array<uint64_t, 1> key{};
  uint64_t from_ns = 0;
  std::string unread;
  bool is_waiting = false;
  bool is_lost = false;
};

class Probe {
 public:
  explicit Probe(const ProbeSettings& settings)
      : settings_(settings),
        key_space_({.key_bytes = settings.key_bytes, .value_bytes = settings.value_bytes}),
        dialect_(make_ascii_dialect(key_space_)),
        output_(dialect_->request_bytes_max(1)),
        input_(64 * 1024 + settings.value_bytes) {}
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() {
    if (epoll_ >= 0) close(epoll_);
  }

  Status connect() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    const size_t logins = std::max<size_t>(1, settings_.logins.size());
    for (size_t i = 0; i < settings_.connections; ++i) {
      Result<ClientSocket> socket = ClientSocket::open(settings_.server, nullptr);
      if (!socket) return std::unexpected(socket.error());
      if (!settings_.logins.empty()) {
        Status status = socket->authenticate(settings_.logins[i % logins], Protocol::ascii);
        if (!status) return status;
      }
      if (i < logins) prefill(*socket);
      if (Status status = watch(std::move(*socket)); !status) return status;
    }
    return {};
  }

  ProbeReport run() {
    const uint64_t start = realtime_ns();
    counted_from_ns_ = start + ns_of(settings_.warmup_seconds);
    const uint64_t end = counted_from_ns_ + ns_of(settings_.seconds);
    const auto gap_ns = static_cast<uint64_t>(1e9 / settings_.rate);
    uint64_t next_due = start;
    for (uint64_t now = start; now < end; now = realtime_ns()) {
      for (; next_due <= now && next_due < end; next_due += gap_ns) ask_next(next_due);
      wait(next_due > now ? next_due - now : 0);
    }
    for (const uint64_t last = end + kDrainNs; waiting_ > 0 && realtime_ns() < last;)
      wait(kDrainNs);
    report_.seconds = settings_.seconds;
    report_.unanswered = waiting_;
    return report_;
  }

 private:
  // Blocking, one after the other: a thousand keys take some tens of milliseconds.
  void prefill(ClientSocket& socket) {
    for (uint64_t key = 0; key < settings_.keys; ++key) {
      const char* end = dialect_->compose_set(output_.data(), key);
      socket.write({output_.data(), static_cast<size_t>(end - output_.data())});
      for (size_t got = 0; got < std::strlen("STORED\r\n");) {
        const auto part = socket.read(input_.data(), std::strlen("STORED\r\n") - got);
        if (part.io != ClientSocket::Io::done) return;  // told of by the gets that miss
        got += part.bytes;
      }
    }
  }

  Status watch(ClientSocket socket) {
    const int flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    setsockopt(socket.descriptor(), SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags);
    socket.set_nonblocking();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = polite_.size();
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.descriptor(), &event) != 0) {
      return fail(Fault::exhausted, std::strerror(errno));
    }
    polite_.push_back(std::make_unique<Polite>(std::move(socket)));
    return {};
  }

  void ask_next(uint64_t due_ns) {
    Polite& polite = *polite_[turn_++ % polite_.size()];
    if (polite.is_lost) return;
    if (polite.is_waiting) {
      polite.due_ns.push_back(due_ns);
      return;
    }
    const uint64_t now = realtime_ns();
    if (now >= counted_from_ns_) report_.late_ns.add(now - std::min(now, due_ns));
    ask(polite, now);
  }

  void ask(Polite& polite, uint64_t from_ns) {
    random_ = random_ * 6364136223846793005u + 1442695040888963407u;
    const auto draw = static_cast<double>(random_ >> 40) / static_cast<double>(1 << 24);
    polite.key[0] = (random_ >> 20) % settings_.keys;
    polite.operation = {};
    polite.operation.verb = draw < settings_.get_ratio ? Verb::get : Verb::set;
    polite.operation.keys = polite.key;
    polite.from_ns = from_ns;
    const char* end = polite.operation.verb == Verb::get
                          ? dialect_->compose_get(output_.data(), polite.key)
                          : dialect_->compose_set(output_.data(), polite.key[0]);
    const auto bytes = static_cast<size_t>(end - output_.data());
    const auto sent = polite.socket.write({output_.data(), bytes});
    if (sent.io != ClientSocket::Io::done || sent.bytes != bytes) return lose(polite);
    polite.is_waiting = true;
    ++waiting_;
  }

  void wait(uint64_t timeout_ns) {
    std::array<epoll_event, 64> events{};
    const timespec timeout{.tv_sec = static_cast<time_t>(timeout_ns / 1'000'000'000),
                           .tv_nsec = static_cast<long>(timeout_ns % 1'000'000'000)};
    const int count = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      hear(*polite_[events[static_cast<size_t>(i)].data.u64]);
    }
  }

  void hear(Polite& polite) {
    if (polite.is_lost) return;
    const Received received = receive(polite.socket.descriptor(), input_.data(), input_.size());
    if (received.bytes < 0 && errno == EAGAIN) return;
    if (received.bytes <= 0) return lose(polite);
    const uint64_t now = realtime_ns();
    polite.unread.append(input_.data(), static_cast<size_t>(received.bytes));
    if (!polite.is_waiting) return lose(polite);
    while (!polite.operation.is_done) {
      const ReadResult read = dialect_->read(polite.operation, polite.unread, report_.tally);
      if (read.reading == Reading::malformed) return lose(polite);
      if (read.reading == Reading::need_more) return;
      polite.unread.erase(0, read.bytes);
    }
    answered(polite, received.arrived_ns == 0 ? now : received.arrived_ns, now);
  }

  void answered(Polite& polite, uint64_t arrived_ns, uint64_t now) {
    polite.is_waiting = false;
    --waiting_;
    ++report_.tally.requests;
    if (polite.from_ns >= counted_from_ns_) {
      report_.latency_ns.add(arrived_ns - std::min(arrived_ns, polite.from_ns));
      report_.seen_ns.add(now - polite.from_ns);
    }
    if (polite.due_ns.empty()) return;
    const uint64_t due_ns = polite.due_ns.front();
    polite.due_ns.pop_front();
    ask(polite, due_ns);
  }

  void lose(Polite& polite) {
    if (polite.is_waiting) --waiting_;
    polite.is_waiting = false;
    polite.is_lost = true;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, polite.socket.descriptor(), nullptr);
    ++report_.tally.connections_lost;
  }

  const ProbeSettings& settings_;
  KeySpace key_space_;
  std::unique_ptr<Dialect> dialect_;
  std::vector<char> output_;
  std::vector<char> input_;
  std::vector<std::unique_ptr<Polite>> polite_;
  int epoll_ = -1;
  size_t turn_ = 0;
  size_t waiting_ = 0;
  uint64_t random_ = 1;
  uint64_t counted_from_ns_ = 0;
  ProbeReport report_;
};

}  // namespace

Result<ProbeReport> run_probe(const ProbeSettings& settings) {
  if (settings.connections == 0 || settings.keys == 0 || !(settings.rate > 0)) {
    return fail(Fault::invalid, "connections, keys and rate must be above 0");
  }
  Probe probe(settings);
  if (Status status = probe.connect(); !status) return std::unexpected(status.error());
  return probe.run();
}

std::string report_as_json(const ProbeReport& report) {
  const auto us = [](const Histogram& histogram, double quantile) {
    return static_cast<double>(histogram.quantile(quantile)) / 1e3;
  };
  return fmt::format(
      "{{\"requests\": {}, \"hits\": {}, \"misses\": {}, \"stored\": {}, \"errors\": {}, "
      "\"wrong_values\": {}, \"connections_lost\": {}, \"unanswered\": {}, \"p50_us\": {:.1f}, "
      "\"p99_us\": {:.1f}, \"p999_us\": {:.1f}, \"max_us\": {:.1f}, \"seen_p50_us\": {:.1f}, "
      "\"seen_p99_us\": {:.1f}, \"late_p50_us\": {:.1f}, \"late_p99_us\": {:.1f}}}",
      report.latency_ns.total(), report.tally.hits, report.tally.misses, report.tally.stored,
      report.tally.errors, report.tally.wrong_values, report.tally.connections_lost,
      report.unanswered, us(report.latency_ns, 0.5), us(report.latency_ns, 0.99),
      us(report.latency_ns, 0.999), static_cast<double>(report.latency_ns.max()) / 1e3,
      us(report.seen_ns, 0.5), us(report.seen_ns, 0.99), us(report.late_ns, 0.5),
      us(report.late_ns, 0.99));
}

}  // namespace cachery::bench
