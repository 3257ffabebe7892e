#include "bench/load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "base/random.h"
#include "bench/connection.h"

namespace cachery::bench {
namespace {

constexpr size_t kInputBytesMin = 256 * 1024;
constexpr size_t kPrefillBatchBytes = 64 * 1024;
constexpr uint64_t kSilenceNs = 10'000'000'000;
constexpr int kPollMs = 50;

uint64_t steady_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

uint64_t ns_of(double seconds) { return static_cast<uint64_t>(seconds * 1e9); }

Status check(const LoadSettings& settings) {
  const auto refuse = [](std::string text) { return fail(Fault::invalid, std::move(text)); };
  if (settings.connections == 0 || settings.threads == 0 || settings.pipeline == 0 ||
      settings.multiget == 0 || settings.keys == 0) {
    return refuse("connections, threads, pipeline, multiget and keys must be at least 1");
  }
  if (!(settings.get_ratio >= 0 && settings.get_ratio <= 1)) {
    return refuse("get-ratio is a share from 0 to 1");
  }
  if (settings.key_bytes == 0 || settings.key_bytes > 250) {
    return refuse("key-bytes is " + std::to_string(settings.key_bytes) + ": from 1 to 250");
  }
  if (settings.key_bytes < 16 && settings.keys > uint64_t{1} << (4 * settings.key_bytes)) {
    return refuse(std::to_string(settings.keys) + " keys do not fit into " +
                  std::to_string(settings.key_bytes) + " hexadecimal digits: raise key-bytes");
  }
  return {};
}

// xorshift64*: a nanosecond a number, and good enough to choose keys with.
class Choice {
 public:
  explicit Choice(uint64_t seed) : state_(seed | 1) {}
  uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return (state_ * 0x2545F4914F6CDD1Du) >> 32;
  }
  uint64_t below(uint64_t bound) {
    return bound <= UINT32_MAX ? (next() * bound) >> 32 : (next() << 32 | next()) % bound;
  }

 private:
  uint64_t state_;
};

// Which requests come next: each key once in order (prefill), or random ones.
class Source {
 public:
  struct Share {
    size_t index, count;
  };
  Source(const LoadSettings& settings, Share share, uint64_t seed)
      : settings_(settings),
        choice_(seed + 0x9E3779B97F4A7C15u * (share.index + 1)),
        get_below_(static_cast<uint64_t>(std::llround(settings.get_ratio * 4294967296.0))),
        prefill_next_(settings.keys * share.index / share.count),
        prefill_end_(settings.keys * (share.index + 1) / share.count),
        left_(settings.requests == 0 ? UINT64_MAX : requests_of(settings, share)),
        get_keys_(settings.multiget) {}

  // False when there is nothing left to ask for.
  bool fill(Connection& connection, size_t requests) {
    connection.clear_batch();
    return is_prefilling_ ? fill_in_order(connection, requests) : fill_random(connection, requests);
  }
  void prefill(Prefill prefill) { is_prefilling_ = prefill != Prefill::no; }

 private:
  static uint64_t requests_of(const LoadSettings& settings, Share share) {
    return settings.requests * (share.index + 1) / share.count -
           settings.requests * share.index / share.count;
  }

  bool fill_in_order(Connection& connection, size_t requests) {
    const uint64_t end = std::min<uint64_t>(prefill_end_, prefill_next_ + requests);
    if (prefill_next_ == end) return false;
    while (prefill_next_ < end) connection.add_set(prefill_next_++);
    return true;
  }

  bool fill_random(Connection& connection, size_t requests) {
    const uint64_t count = std::min<uint64_t>(requests, left_);
    if (settings_.requests > 0) left_ -= count;
    for (uint64_t i = 0; i < count; ++i) {
      if (choice_.next() < get_below_) {
        for (uint64_t& key : get_keys_) key = choice_.below(settings_.keys);
        connection.add_get(get_keys_);
      } else {
        connection.add_set(choice_.below(settings_.keys));
      }
    }
    return count > 0;
  }

  const LoadSettings& settings_;
  Choice choice_;
  uint64_t get_below_;
  uint64_t prefill_next_, prefill_end_;
  uint64_t left_;
  bool is_prefilling_ = false;
  std::vector<uint64_t> get_keys_;
};

// One thread's connections and their loop.
class Driver {
 public:
  Driver(const LoadSettings& settings, const Dialect& dialect, Source::Share share, uint64_t seed)
      : settings_(settings), dialect_(dialect), share_(share), source_(settings, share, seed) {
    scratch_.input.resize(std::max(kInputBytesMin, 2 * (settings.value_bytes + 512)));
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() {
    if (epoll_ >= 0) close(epoll_);
  }

  Status connect(SSL_CTX* context) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    const size_t first = settings_.connections * share_.index / share_.count;
    const size_t end = settings_.connections * (share_.index + 1) / share_.count;
    connections_.reserve(end - first);
    for (size_t i = first; i < end; ++i) {
      Result<ClientSocket> socket = ClientSocket::open(settings_.server, context);
      if (!socket) return std::unexpected(socket.error());
      Status status = socket->authenticate(settings_.login, settings_.protocol);
      if (!status) return status;
      socket->set_nonblocking();
      connections_.emplace_back(Connection(std::move(*socket), dialect_));
      watch(connections_.size() - 1, EPOLL_CTL_ADD);
    }
    return {};
  }

  // Sets every key of this driver's share once, in batches whatever the load will do.
  Status prefill() {
    source_.prefill(Prefill::yes);
    const size_t batch =
        std::clamp<size_t>(kPrefillBatchBytes / (settings_.value_bytes + 1), 1, 64);
    const Status status = run(batch, UINT64_MAX);
    source_.prefill(Prefill::no);
    return status;
  }

  Status load() {
    const bool is_timed = settings_.requests == 0;
    if (is_timed && settings_.warmup_seconds > 0) {
      Status status = run(settings_.pipeline, steady_ns() + ns_of(settings_.warmup_seconds));
      if (!status) return status;
    }
    forget_counts();
    const uint64_t start = steady_ns();
    Status status =
        run(settings_.pipeline, is_timed ? start + ns_of(settings_.seconds) : UINT64_MAX);
    seconds_ = static_cast<double>(steady_ns() - start) / 1e9;
    return status;
  }

  void forget_counts() {
    // Wrong before the clock ran is still wrong.
    Tally kept;
    kept.wrong_values = tally_.wrong_values;
    kept.errors = tally_.errors;
    kept.connections_lost = tally_.connections_lost;
    kept.first_error = tally_.first_error;
    tally_ = kept;
    latency_ = {};
  }

  const Tally& tally() const { return tally_; }
  const Histogram& latency() const { return latency_; }
  double seconds() const { return seconds_; }

 private:
  void watch(size_t index, int operation) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (connections_[index]->wants_write()) event.events |= EPOLLOUT;
    event.data.u64 = index;
    epoll_ctl(epoll_, operation, connections_[index]->descriptor(), &event);
  }

  void lose(size_t index) {
    connections_[index].reset();  // closing takes it out of epoll
    ++tally_.connections_lost;
    --busy_;
  }

  // A connection that is between batches takes the next one; what is still on its way from an
  // earlier phase is waited for first.
  void feed(size_t index, size_t batch, uint64_t now) {
    Connection& connection = *connections_[index];
    if (!source_.fill(connection, batch)) {
      --busy_;
      return;
    }
    if (!connection.start_batch(scratch_, tally_, now)) return lose(index);
    if (connection.wants_write()) watch(index, EPOLL_CTL_MOD);
  }

  void serve(const epoll_event& event, size_t batch, uint64_t now) {
    const size_t index = event.data.u64;
    if (!connections_[index]) return;
    Connection& connection = *connections_[index];
    if ((event.events & EPOLLOUT) != 0) {
      if (!connection.write_ready(tally_)) return lose(index);
      if (!connection.wants_write()) watch(index, EPOLL_CTL_MOD);
    }
    const bool was_busy = !connection.is_batch_done();
    if ((event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0 &&
        !connection.read_ready(scratch_, tally_, latency_, now)) {
      return lose(index);
    }
    if (was_busy && connection.is_batch_done()) feed(index, batch, now);
  }

  // Until `end_ns`, or until the source is dry and every answer has come.
  Status run(size_t batch, uint64_t end_ns) {
    busy_ = 0;
    for (size_t i = 0; i < connections_.size(); ++i) {
      if (!connections_[i]) continue;
      ++busy_;
      if (connections_[i]->is_batch_done()) feed(i, batch, steady_ns());
    }
    std::array<epoll_event, 256> events{};
    uint64_t heard_ns = steady_ns();
    while (busy_ > 0) {
      const int count = epoll_wait(epoll_, events.data(), events.size(), kPollMs);
      const uint64_t now = steady_ns();
      for (int i = 0; i < count; ++i) {
        serve(events[static_cast<size_t>(i)], batch, i == 0 ? now : steady_ns());
      }
      if (now >= end_ns) return {};
      if (count > 0) heard_ns = now;
      if (now - heard_ns > kSilenceNs) {
        return fail(Fault::unavailable, "the server has answered nothing for 10 s");
      }
    }
    return {};
  }

  const LoadSettings& settings_;
  const Dialect& dialect_;
  Source::Share share_;
  Source source_;
  int epoll_ = -1;
  std::vector<std::optional<Connection>> connections_;
  size_t busy_ = 0;  // connections with a batch on its way
  Scratch scratch_;
  Tally tally_;
  Histogram latency_;
  double seconds_ = 0;
};

std::unique_ptr<Dialect> make_dialect(Protocol protocol, const KeySpace& key_space) {
  switch (protocol) {
    case Protocol::ascii:
      return make_ascii_dialect(key_space);
    case Protocol::meta:
      return make_meta_dialect(key_space);
    case Protocol::binary:
      break;
  }
  return make_binary_dialect(key_space);
}

using Drivers = std::vector<std::unique_ptr<Driver>>;

// The phase on every driver at once, each on a thread of its own; the first failure is told.
template <typename Phase>
Status run_all(Drivers& drivers, Phase phase) {
  if (drivers.size() == 1) return phase(*drivers[0]);
  std::vector<Status> statuses(drivers.size());
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < drivers.size(); ++i) {
      threads.emplace_back([&, i] { statuses[i] = phase(*drivers[i]); });
    }
  }
  for (Status& status : statuses) {
    if (!status) return status;
  }
  return {};
}

LoadReport sum_of(const Drivers& drivers, uint64_t seed) {
  LoadReport report;
  report.seed = seed;
  for (const auto& driver : drivers) {
    report.tally.merge(driver->tally());
    report.latency_ns.merge(driver->latency());
    report.seconds = std::max(report.seconds, driver->seconds());
  }
  return report;
}

}  // namespace

void Tally::add_error(std::string_view answer) {
  ++errors;
  if (first_error.empty()) first_error = answer.substr(0, answer.find_last_not_of("\r\n") + 1);
}

void Tally::merge(const Tally& other) {
  requests += other.requests;
  hits += other.hits;
  misses += other.misses;
  stored += other.stored;
  errors += other.errors;
  wrong_values += other.wrong_values;
  connections_lost += other.connections_lost;
  bytes_read += other.bytes_read;
  bytes_written += other.bytes_written;
  if (first_error.empty()) first_error = other.first_error;
}

Result<LoadReport> run_load(const LoadSettings& settings) {
  if (Status status = check(settings); !status) return std::unexpected(status.error());
  SslContext context;
  if (settings.tls == Tls::on) {
    Result<SslContext> made = make_ssl_context(settings.ca_path);
    if (!made) return std::unexpected(made.error());
    context = std::move(*made);
  }
  const KeySpace key_space({settings.key_bytes, settings.value_bytes});
  const std::unique_ptr<Dialect> dialect = make_dialect(settings.protocol, key_space);
  const uint64_t seed = settings.seed != 0 ? settings.seed : random_u64();
  const size_t threads = std::min(settings.threads, settings.connections);
  Drivers drivers;
  for (size_t i = 0; i < threads; ++i) {
    drivers.push_back(
        std::make_unique<Driver>(settings, *dialect, Source::Share{i, threads}, seed));
  }
  Status status = run_all(drivers, [&](Driver& driver) { return driver.connect(context.get()); });
  const uint64_t start = steady_ns();
  if (status && settings.prefill != Prefill::no) {
    status = run_all(drivers, [](Driver& driver) { return driver.prefill(); });
  }
  if (status && settings.prefill != Prefill::only) {
    status = run_all(drivers, [](Driver& driver) { return driver.load(); });
  }
  if (!status) return std::unexpected(status.error());
  LoadReport report = sum_of(drivers, seed);
  if (settings.prefill == Prefill::only) {
    report.seconds = static_cast<double>(steady_ns() - start) / 1e9;
  }
  return report;
}

}  // namespace cachery::bench
