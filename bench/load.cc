#include "bench/load.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/random.h"
#include "bench/connection.h"
#include "net/poll.h"
#include "net/poller.h"

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

// One thread's connections and their loop. It hears of them as the service does of its own, by
// io_uring where that is to be had, or the generator would be the slower end.
class Driver final : private net::PollerEvents {
 public:
  Driver(const LoadSettings& settings, const Dialect& dialect, Source::Share share, uint64_t seed)
      : settings_(settings), dialect_(dialect), share_(share), source_(settings, share, seed) {
    scratch_.input.resize(std::max(kInputBytesMin, 2 * (settings.value_bytes + 512)));
    if (settings.tls == Tls::on) scratch_.unsealed.resize(scratch_.input.size());
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() {
    poller_.reset();
    // The client's end of each owns its descriptor.
    for (auto& watched : watched_) watched.socket.release();
  }

  Status connect(const net::TlsContext& context) {
    // io_uring serves one thread only, and the phases of several drivers run on threads of their
    // own.
    const bool may_ring = share_.count == 1;
    auto poller = net::open_poller(may_ring ? net::PollerKind::automatic : net::PollerKind::epoll,
                                   wakeup_.fd());
    if (!poller) return std::unexpected(poller.error());
    poller_ = std::move(*poller);
    poller_->enter();
    const size_t first = settings_.connections * share_.index / share_.count;
    const size_t end = settings_.connections * (share_.index + 1) / share_.count;
    connections_.reserve(end - first);
    watched_ = std::vector<net::Connection>(end - first);
    for (size_t i = first; i < end; ++i) {
      Result<ClientSocket> socket = ClientSocket::open(settings_.server, context);
      if (!socket) return std::unexpected(socket.error());
      Status status = socket->authenticate(settings_.login, settings_.protocol);
      if (!status) return status;
      socket->set_nonblocking();
      connections_.emplace_back(Connection(std::move(*socket), dialect_));
      net::Connection& watched = watched_[connections_.size() - 1];
      watched.slot = static_cast<uint32_t>(connections_.size() - 1);
      watched.socket = net::OwnedSocket(connections_.back()->descriptor());
      if (!poller_->add(watched)) return fail(Fault::exhausted, "cannot watch a connection");
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
  // PollerEvents
  void on_turn() override { now_ns_ = steady_ns(); }
  void on_wakeup() override {}
  uint64_t on_coming(net::Connection&, std::string_view) override { return 0; }
  void on_nearly(net::Connection&, uint64_t) override {}
  void on_released(net::Connection&) override {}
  void on_broken(net::Connection& watched) override { lose(watched); }
  void on_unsent(net::Connection& watched, std::string_view bytes) override {
    if (watched.is_dead) return;
    connections_[watched.slot]->keep_unsent(bytes);
    poller_->watch(watched, net::Watch::output);
  }
  void on_writable(net::Connection& watched) override {
    if (watched.is_dead) return;
    Connection& connection = *connections_[watched.slot];
    if (!connection.write_ready()) return lose(watched);
    poller_->watch(watched, connection.wants_write() ? net::Watch::output : net::Watch::input);
  }
  void on_readable(net::Connection& watched) override {
    hear(watched, [&](Connection& connection) {
      return connection.read_ready(scratch_, tally_, latency_, steady_ns());
    });
  }
  void on_received(net::Connection& watched, std::span<char> bytes) override {
    if (bytes.empty()) return lose(watched);
    hear(watched, [&](Connection& connection) {
      return connection.take(bytes, scratch_, tally_, latency_, steady_ns());
    });
  }

  template <typename Read>
  void hear(net::Connection& watched, Read read) {
    if (watched.is_dead) return;
    Connection& connection = *connections_[watched.slot];
    const bool was_busy = !connection.is_batch_done();
    heard_ns_ = now_ns_;
    if (!read(connection)) return lose(watched);
    if (was_busy && connection.is_batch_done()) feed(watched.slot, steady_ns());
  }

  void lose(net::Connection& watched) {
    if (std::exchange(watched.is_dead, true)) return;
    [[maybe_unused]] const bool is_free = poller_->remove(watched, *this);
    watched.socket.release();
    connections_[watched.slot].reset();  // closes it
    ++tally_.connections_lost;
    --busy_;
  }

  // A connection that is between batches takes the next one; what is still on its way from an
  // earlier phase is waited for first.
  void feed(size_t index, uint64_t now) {
    Connection& connection = *connections_[index];
    net::Connection& watched = watched_[index];
    if (!source_.fill(connection, batch_)) {
      --busy_;
      return;
    }
    const auto batch = connection.start_batch(scratch_, tally_, now);
    if (!batch) return lose(watched);
    const ptrdiff_t sent = poller_->send(watched, *batch, *this);
    if (sent < 0) return lose(watched);
    connection.keep_unsent(batch->substr(static_cast<size_t>(sent)));
    if (connection.wants_write()) poller_->watch(watched, net::Watch::output);
  }

  // Until `end_ns`, or until the source is dry and every answer has come.
  Status run(size_t batch, uint64_t end_ns) {
    busy_ = 0;
    batch_ = batch;
    for (size_t i = 0; i < connections_.size(); ++i) {
      if (watched_[i].is_dead) continue;
      ++busy_;
      if (connections_[i]->is_batch_done()) feed(i, steady_ns());
    }
    heard_ns_ = steady_ns();
    while (busy_ > 0) {
      poller_->wait(kPollMs, *this);
      if (now_ns_ >= end_ns) return {};
      if (now_ns_ - heard_ns_ > kSilenceNs && now_ns_ > heard_ns_) {
        return fail(Fault::unavailable, "the server has answered nothing for 10 s");
      }
    }
    return {};
  }

  const LoadSettings& settings_;
  const Dialect& dialect_;
  Source::Share share_;
  Source source_;
  std::vector<std::optional<Connection>> connections_;
  std::vector<net::Connection> watched_;  // of the same index
  net::OwnedSocket wakeup_ = net::make_wakeup();
  std::unique_ptr<net::Poller> poller_;
  size_t batch_ = 1;
  uint64_t now_ns_ = 0;
  uint64_t heard_ns_ = 0;
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
  net::TlsContext context;
  if (settings.tls == Tls::on) {
    Result<net::TlsContext> made = make_tls_context(settings.ca_path);
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
  Status status = run_all(drivers, [&](Driver& driver) { return driver.connect(context); });
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
