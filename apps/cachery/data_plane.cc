#include "data_plane.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <thread>

#include "base/limits.h"
#include "base/log.h"
#include "base/size.h"
#include "command/local_executor.h"
#include "command/local_node.h"
#include "machine.h"
#include "net/certificate_store.h"
#include "net/handshake_pool.h"
#include "net/socket.h"
#include "serve/acceptor.h"
#include "serve/worker.h"
#include "store/pool.h"
#include "trusted_proxies.h"

namespace cachery {
namespace {

constexpr tenant::CacheId kFirstCache = 100'001;
constexpr std::chrono::milliseconds kTidyPause{200};  // while there is nothing to do
constexpr std::chrono::milliseconds kDrainCheck{10};
constexpr int64_t kCertificateCheckSeconds = 5;

net::PollerKind poller_kind(const std::string& io) {
  if (io == "epoll") return net::PollerKind::epoll;
  return io == "io_uring" ? net::PollerKind::io_uring : net::PollerKind::automatic;
}

class RunningDataPlane final : public DataPlane {
 public:
  explicit RunningDataPlane(const Settings& settings) : settings_(settings) {}
  ~RunningDataPlane() override { stop(); }

  Status start(const std::filesystem::path& tls_directory);

  tenant::Node& node() override { return *node_; }
  uint16_t memcache_port() const override { return memcache_port_; }
  uint16_t tls_port() const override { return tls_port_; }
  std::optional<int64_t> certificate_end() const override {
    if (!certificates_) return std::nullopt;
    return certificates_->expiry_unix_seconds();
  }
  std::vector<std::string> certificate_names() const override {
    return certificates_ ? certificates_->names() : std::vector<std::string>();
  }
  std::shared_ptr<SSL_CTX> tls_context() override {
    return certificates_ ? certificates_->current() : nullptr;
  }
  Status accept() override;
  Status reload(const Settings& settings) override;
  void stop() override;

 private:
  void divide_places();
  Status open_pool();
  // Half of what may wait on connections: the rest is for what is no long value.
  uint64_t blocks_bytes_max() const {
    return std::min(limits::kBlocksBytesMax, settings_.connection_memory / 2);
  }
  Status open_ports(serve::Acceptor::Ports& ports, const std::filesystem::path& tls_directory);
  Status open_certificates(const std::filesystem::path& tls_directory);
  Status start_handshakes();
  Status start_workers();
  Status make_acceptor(serve::Acceptor::Ports ports);
  void apply_limits(const Settings& settings);
  void keep_house();
  void wake_housekeeper();
  void check_certificates();
  std::string tls_metrics() const;

  // set at start
  const Settings settings_;
  const SystemClock clock_;
  serve::SessionSettings session_settings_;
  serve::WorkerLimits worker_limits_;
  serve::NodePlaces places_;
  uint16_t memcache_port_ = 0;
  uint16_t tls_port_ = 0;

  // in the order in which each needs the ones before
  std::unique_ptr<store::Pool> pool_;
  std::unique_ptr<command::LocalExecutor> executor_;
  std::vector<std::unique_ptr<serve::Worker>> workers_;
  std::unique_ptr<net::CertificateStore> certificates_;
  std::unique_ptr<net::HandshakePool> handshakes_;
  std::unique_ptr<serve::Acceptor> acceptor_;
  std::unique_ptr<command::LocalNode> node_;

  std::thread housekeeper_;
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::atomic<bool> is_housekeeper_wanted_{false};
  bool is_stopping_ = false;          // guarded by mutex_
  bool is_reload_wanted_ = false;     // guarded by mutex_: the certificates' owner does it
  int64_t certificates_checked_ = 0;  // the housekeeper only
  std::string last_warning_;          // likewise
};

Status RunningDataPlane::start(const std::filesystem::path& tls_directory) {
  session_settings_.parse = {.key_bytes_max = settings_.key_bytes_max,
                             .item_bytes_max = static_cast<uint32_t>(settings_.item_bytes_max)};
  session_settings_.open_cache = settings_.local ? kFirstCache : 0;
  session_settings_.workers = settings_.threads;
  session_settings_.started = clock_.now();
  session_settings_.connections_max = settings_.connections_max;
  divide_places();
  apply_limits(settings_);
  if (auto opened = open_pool(); !opened) return opened;
  serve::Acceptor::Ports ports;
  if (auto opened = open_ports(ports, tls_directory); !opened) return opened;
  executor_ = std::make_unique<command::LocalExecutor>(
      *pool_, command::ExecutorSettings{.workers = settings_.threads,
                                        .item_bytes_max = session_settings_.parse.item_bytes_max,
                                        .started = session_settings_.started,
                                        .wake_housekeeper = [this] { wake_housekeeper(); }});
  if (auto started = start_workers(); !started) return started;
  if (auto started = start_handshakes(); !started) return started;
  if (auto made = make_acceptor(std::move(ports)); !made) return made;
  node_ = std::make_unique<command::LocalNode>(
      command::LocalNode::Parts{.executor = *executor_,
                                .acceptor = *acceptor_,
                                .workers = workers_,
                                .version = CACHERY_VERSION,
                                .started_unix_seconds = clock_.now().unix_seconds},
      [this] { return tls_metrics(); });
  node_->show_caches_in_metrics(settings_.metrics_per_cache);
  return {};
}

// Some places are for those who come, so that a tenant can log in whoever has the others; with
// --local nobody logs in.
void RunningDataPlane::divide_places() {
  const size_t connections_max = settings_.connections_max;
  places_.members_max =
      connections_max - std::min(connections_max / limits::kArrivalsPart, limits::kArrivalsMax);
  const size_t strangers_max =
      std::min(std::max(connections_max / limits::kStrangersPart, limits::kStrangersMin),
               std::max<size_t>(connections_max / 2, 1));
  worker_limits_.strangers_max = (strangers_max + settings_.threads - 1) / settings_.threads;
  if (!settings_.local) session_settings_.places = &places_;
}

Status RunningDataPlane::open_pool() {
  const uint64_t machine_bytes = machine_memory_bytes();
  if (settings_.memory > machine_bytes) {
    return fail(Fault::exhausted,
                fmt::format("memory {} is more than this machine's {}: lower --memory",
                            format_size(settings_.memory), format_size(machine_bytes)));
  }
  // A cache's limit counts its items; segments that are not full come on top (store/shard.h).
  auto pool = store::Pool::open(settings_.memory / 100 * (100 + store::Shard::kSlackPercent),
                                blocks_bytes_max());
  if (!pool) return std::unexpected(pool.error());
  pool_ = std::move(*pool);
  return {};
}

Status RunningDataPlane::open_ports(serve::Acceptor::Ports& ports,
                                    const std::filesystem::path& tls_directory) {
  auto plain = net::listen_on_all(settings_.addresses, settings_.memcache_port);
  if (!plain) return std::unexpected(plain.error());
  memcache_port_ = plain->port;
  ports.plain = std::move(*plain);
  const bool has_certificate = !tls_directory.empty() || !settings_.tls_certificate.empty();
  if (!has_certificate) return {};
  auto tls = net::listen_on_all(settings_.addresses, settings_.tls_port);
  if (!tls) return std::unexpected(tls.error());
  tls_port_ = tls->port;
  ports.tls = std::move(*tls);
  return open_certificates(tls_directory);
}

Status RunningDataPlane::open_certificates(const std::filesystem::path& tls_directory) {
  net::TlsSettings tls;
  tls.directory = tls_directory;
  tls.hosts = settings_.addresses;
  std::ranges::copy(settings_.listen_names, std::back_inserter(tls.hosts));
  if (!settings_.advertise.empty()) tls.hosts.push_back(settings_.advertise);
  tls.certificate = settings_.tls_certificate;
  tls.key = settings_.tls_key;
  tls.client_ca = settings_.tls_client_ca;
  tls.client_certificates = net::ClientCertificates::optional;
  auto opened = net::CertificateStore::open(std::move(tls), clock_.now());
  if (!opened) return std::unexpected(opened.error());
  certificates_ = std::move(*opened);
  return {};
}

Status RunningDataPlane::start_handshakes() {
  if (!certificates_) return {};
  auto pool =
      net::HandshakePool::start({}, *certificates_, clock_, [this](net::SecuredConnection secured) {
        acceptor_->hand_over(net::OwnedSocket(secured.socket), std::move(secured.stream), 0);
      });
  if (!pool) return std::unexpected(pool.error());
  handshakes_ = std::move(*pool);
  return {};
}

Status RunningDataPlane::start_workers() {
  // A buffer grows by doubles: whatever the bound, a worker can take two of the largest items.
  worker_limits_.waiting_bytes_max = std::max<size_t>(
      settings_.connection_memory / settings_.threads, 4 * size_t{settings_.item_bytes_max});
  for (size_t number = 0; number < settings_.threads; ++number) {
    auto worker = serve::Worker::start(number, *executor_, session_settings_, worker_limits_,
                                       clock_, poller_kind(settings_.io));
    if (!worker) return std::unexpected(worker.error());
    workers_.push_back(std::move(*worker));
  }
  return {};
}

Status RunningDataPlane::make_acceptor(serve::Acceptor::Ports ports) {
  auto proxies = TrustedProxies::parse(settings_.trusted_proxies);
  if (!proxies) return std::unexpected(proxies.error());
  const auto is_shared = [proxies = std::move(*proxies)](const std::string& address) {
    return proxies.is_shared_address(address);
  };
  acceptor_ = std::make_unique<serve::Acceptor>(
      serve::AcceptorSettings{.addresses = settings_.addresses,
                              .connections_max = settings_.connections_max,
                              .is_tls_required = settings_.tls_required,
                              .is_shared_address = is_shared},
      std::move(ports), handshakes_.get(), workers_);
  return {};
}

void RunningDataPlane::apply_limits(const Settings& settings) {
  worker_limits_.authentication_seconds = settings.auth_timeout;
  worker_limits_.idle_seconds = settings.idle_timeout;
  if (node_) node_->show_caches_in_metrics(settings.metrics_per_cache);
}

Status RunningDataPlane::accept() {
  acceptor_->start();
  housekeeper_ = std::thread([this] { keep_house(); });
  pthread_setname_np(housekeeper_.native_handle(), "housekeeper");
  return {};
}

Status RunningDataPlane::reload(const Settings& settings) {
  apply_limits(settings);
  const std::lock_guard lock(mutex_);
  is_reload_wanted_ = true;
  wakes_.notify_all();
  return {};
}

// By workers, which never wait for its lock: a call that is missed is answered a pause later.
void RunningDataPlane::wake_housekeeper() {
  if (!is_housekeeper_wanted_.exchange(true, std::memory_order_relaxed)) wakes_.notify_all();
}

// Work that no worker needs to do: freeing flushed memory, trimming after a smaller limit, new
// certificates.
void RunningDataPlane::keep_house() {
  bool has_more = false;
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    if (!has_more) {
      wakes_.wait_for(lock, kTidyPause, [this] {
        return is_stopping_ || is_reload_wanted_ ||
               is_housekeeper_wanted_.load(std::memory_order_relaxed);
      });
    }
    if (is_stopping_) break;
    is_housekeeper_wanted_.store(false, std::memory_order_relaxed);
    const bool is_reload_wanted = std::exchange(is_reload_wanted_, false);
    lock.unlock();
    if (is_reload_wanted && certificates_) {
      const auto reloaded = certificates_->reload(clock_.now());
      if (!reloaded) log::error("certificate_kept", {{"reason", reloaded.error().detail}});
    }
    has_more = node_->tidy(clock_.now());
    check_certificates();
    lock.lock();
  }
}

void RunningDataPlane::check_certificates() {
  const Now now = clock_.now();
  if (!certificates_ || now.unix_seconds - certificates_checked_ < kCertificateCheckSeconds) return;
  certificates_checked_ = now.unix_seconds;
  const auto change = certificates_->check_for_changes(now);
  if (!change) {
    log::error("certificate_kept", {{"reason", change.error().detail}});
  } else if (*change == net::CertificateChange::reloaded) {
    log::info("certificate_reloaded");
  }
  const std::string warning = certificates_->expiry_warning(now);
  if (!warning.empty() && warning != last_warning_) {
    log::warning("certificate_expires", {{"reason", warning}});
  }
  last_warning_ = warning;
}

std::string RunningDataPlane::tls_metrics() const {
  if (!certificates_) return {};
  const net::HandshakeCounters counters = handshakes_->counters();
  std::string text = fmt::format(
      "# HELP cachery_tls_certificate_expiry_seconds When the certificate ends, unix time\n"
      "# TYPE cachery_tls_certificate_expiry_seconds gauge\n"
      "cachery_tls_certificate_expiry_seconds {}\n"
      "# HELP cachery_tls_handshakes_total TLS handshakes, by how they ended\n"
      "# TYPE cachery_tls_handshakes_total counter\n",
      certificates_->expiry_unix_seconds());
  const std::pair<std::string_view, uint64_t> ends[] = {{"succeeded", counters.succeeded},
                                                        {"failed", counters.failed},
                                                        {"timed_out", counters.timed_out},
                                                        {"abandoned", counters.abandoned},
                                                        {"dropped", counters.dropped}};
  for (const auto& [end, count] : ends) {
    text += fmt::format("cachery_tls_handshakes_total{{end=\"{}\"}} {}\n", end, count);
  }
  return text;
}

void RunningDataPlane::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    wakes_.notify_all();
  }
  if (housekeeper_.joinable()) housekeeper_.join();
  if (acceptor_) acceptor_->stop();
  if (handshakes_) handshakes_->stop();
  for (const auto& worker : workers_) worker->drain();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(limits::kDrainSeconds);
  const auto is_draining = [this] {
    for (const auto& worker : workers_) {
      if (worker->connections() > 0) return true;
    }
    return false;
  };
  while (is_draining() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(kDrainCheck);
  }
  for (const auto& worker : workers_) worker->stop();
}

}  // namespace

Result<std::unique_ptr<DataPlane>> DataPlane::open(const Settings& settings,
                                                   const std::filesystem::path& tls_directory) {
  auto plane = std::make_unique<RunningDataPlane>(settings);
  if (auto started = plane->start(tls_directory); !started) {
    return std::unexpected(started.error());
  }
  return plane;
}

}  // namespace cachery
