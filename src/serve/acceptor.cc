#include "serve/acceptor.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "base/network.h"
#include "net/poll.h"

namespace cachery::serve {
namespace {

constexpr int kOutOfDescriptorsPauseMs = 100;
constexpr std::string_view kTooMany = "SERVER_ERROR too many connections\r\n";
constexpr std::string_view kTlsRequired = "SERVER_ERROR TLS is required: use the TLS port\r\n";

}  // namespace

Acceptor::Acceptor(AcceptorSettings settings, Ports ports, net::HandshakePool* handshakes,
                   const std::vector<std::unique_ptr<Worker>>& workers)
    : settings_(std::move(settings)),
      ports_(std::move(ports)),
      handshakes_(handshakes),
      workers_(workers),
      wakeup_(net::make_wakeup()) {}

Acceptor::~Acceptor() { stop(); }

void Acceptor::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "acceptor");
}

void Acceptor::stop() {
  if (!thread_.joinable()) return;
  is_stopping_.store(true);
  wake();
  thread_.join();
}

void Acceptor::wake() { net::wake(wakeup_.fd()); }

void Acceptor::run() {
  bool is_exhausted = false;
  while (!is_stopping_.load()) {
    retry_own_ports();
    const OwnPorts own = listening_own_ports();
    const std::vector<Polled> listeners = all_listeners(own);
    std::vector<int> sockets = {wakeup_.fd()};
    for (const Polled& polled : listeners) sockets.push_back(polled.socket);
    // Out of descriptors, every listener is ready and none can accept: wait for one to be freed.
    if (is_exhausted) sockets.resize(1);
    int pause_ms = own_ports_failed() > 0 ? static_cast<int>(settings_.own_port_retry.count()) : -1;
    if (is_exhausted) pause_ms = kOutOfDescriptorsPauseMs;
    const std::vector<bool> ready = net::poll_readable(sockets, pause_ms);
    is_exhausted = false;
    if (ready[0]) net::clear_wakeup(wakeup_.fd());
    for (size_t i = 1; i < ready.size(); ++i) {
      if (!ready[i]) continue;
      is_exhausted |= accept_all(listeners[i - 1]);
    }
    if (is_exhausted) warn_of_descriptors();
  }
}

// It tries ten times a second, and may have to for long: one line a second says as much.
void Acceptor::warn_of_descriptors() {
  const auto now = std::chrono::steady_clock::now();
  if (now - warned_at_ < std::chrono::seconds(1)) return;
  warned_at_ = now;
  log::error("out_of_descriptors", {{"advice", "raise the limit on open files (ulimit -n)"}});
}

std::vector<Acceptor::Polled> Acceptor::all_listeners(const OwnPorts& own) const {
  std::vector<Polled> all;
  const auto add = [&](const net::Listeners& listeners, bool is_tls, const OwnPort* port) {
    for (const net::Listener& listener : listeners.each) {
      all.push_back({listener.socket.fd(), is_tls, port});
    }
  };
  add(ports_.plain, false, nullptr);
  add(ports_.tls, true, nullptr);
  for (const auto& port : own) add(*port->listeners, false, port.get());
  return all;
}

// True when the system has no descriptors left.
bool Acceptor::accept_all(const Polled& polled) {
  constexpr int kAtOnce = 64;  // then the other listeners have their turn
  for (int i = 0; i < kAtOnce; ++i) {
    bool is_exhausted = false;
    net::OwnedSocket socket(net::accept_connection(polled.socket, &is_exhausted));
    if (!socket) return is_exhausted;
    admit(std::move(socket), polled.is_tls, polled.own);
  }
  return false;
}

// Without a list, which a node that listens on loopback alone may go without, nobody from
// elsewhere.
bool Acceptor::may_use(const OwnPort& own, const std::string& peer) {
  static const std::vector<std::string> kLoopback = {"127.0.0.0/8", "::1/128"};
  return is_in_networks(peer, own.networks.empty() ? kLoopback : own.networks);
}

std::shared_ptr<const Acceptor::OwnPort> Acceptor::as_it_is_now(const OwnPort& polled) {
  const std::lock_guard lock(mutex_);
  for (const auto& port : own_ports_) {
    if (port->listeners == polled.listeners) return port;
  }
  return nullptr;
}

void Acceptor::admit(net::OwnedSocket socket, bool is_tls, const OwnPort* polled) {
  // The table may have changed since the listener was polled, and is in force.
  const auto own = polled == nullptr ? nullptr : as_it_is_now(*polled);
  if (polled != nullptr && own == nullptr) return;  // the port is being closed
  const tenant::CredentialId credential = own == nullptr ? 0 : own->credential;
  if (settings_.is_tls_required && !is_tls && own == nullptr) {
    return refuse(socket, is_tls, kTlsRequired, 0);
  }
  if (own != nullptr && !may_use(*own, net::peer_address(socket.fd()))) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    if (log::is_first(log::Level::warning, "address_not_allowed", {"port", own->number})) {
      log::warning("address_not_allowed",
                   {{"peer", net::peer_address(socket.fd())}, {"port", own->number}});
    }
    return;
  }
  if (!is_tls) return hand_over(std::move(socket), nullptr, credential);
  if (is_full() && worker_with_most_strangers().strangers() == 0) {
    return refuse(socket, is_tls, kTooMany, credential);
  }
  const std::string network = network_of(net::peer_address(socket.fd()));
  handshakes_->submit(socket.release(), 0, network);
}

// On a full node a stranger makes room for a newcomer; without strangers the node is really full.
void Acceptor::hand_over(net::OwnedSocket socket, std::unique_ptr<net::TlsStream> tls,
                         tenant::CredentialId own_credential) {
  const size_t turn = next_worker_.fetch_add(1, std::memory_order_relaxed);
  Worker* worker = workers_[turn % workers_.size()].get();
  auto room = ConnectionPlaces::Room::there_is;
  if (is_full()) {
    worker = &worker_with_most_strangers();
    room = ConnectionPlaces::Room::of_a_stranger;
    if (worker->strangers() == 0) {
      return refuse(socket, tls != nullptr, kTooMany, own_credential);
    }
  }
  std::string peer = net::peer_address(socket.fd());
  std::string network = network_of(peer);
  worker->adopt({.socket = std::move(socket),
                 .tls = std::move(tls),
                 .peer = std::move(peer),
                 .network = std::move(network),
                 .own_credential = own_credential,
                 .room = room});
}

void Acceptor::refuse(const net::OwnedSocket& socket, bool is_tls, std::string_view why,
                      tenant::CredentialId own_credential) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  workers_[0]->note_refused(own_credential);
  if (!is_tls) net::send_once(socket.fd(), why);
}

Worker& Acceptor::worker_with_most_strangers() const {
  return **std::ranges::max_element(workers_, {},
                                    [](const auto& worker) { return worker->strangers(); });
}

std::string Acceptor::network_of(const std::string& peer) const {
  const bool is_shared = settings_.is_shared_address && settings_.is_shared_address(peer);
  return is_shared ? std::string() : network_of_client(peer);
}

size_t Acceptor::open_connections() const {
  size_t connections = 0;
  for (const auto& worker : workers_) connections += worker->connections();
  return connections;
}

void Acceptor::set_table(const tenant::TenantTable& table) {
  OwnPorts wanted;
  const std::lock_guard lock(mutex_);
  for (const tenant::Entry& entry : table.with_own_ports()) {
    if (!entry.cache->is_enabled) continue;
    OwnPort port{.number = entry.credential->admission.own_port,
                 .credential = entry.credential->id,
                 .username = entry.credential->username,
                 .networks = entry.credential->admission.own_port_networks};
    for (const auto& old : own_ports_) {
      if (old->number != port.number) continue;
      port.listeners = old->listeners;
      port.has_failed = old->has_failed;
    }
    if (!port.listeners) open(port);
    wanted.push_back(std::make_shared<const OwnPort>(std::move(port)));
  }
  own_ports_ = std::move(wanted);
  count_failed_ports();
  wake();
}

// The log tells when it begins to fail and when that is over, and not of each try between.
void Acceptor::open(OwnPort& port) const {
  auto listeners = net::listen_on_all(settings_.addresses, port.number);
  if (!listeners) {
    if (std::exchange(port.has_failed, true)) return;
    return log::error("own_port_failed",
                      {{"credential", port.username}, {"reason", listeners.error().detail}});
  }
  port.listeners = std::make_shared<const net::Listeners>(std::move(*listeners));
  if (!std::exchange(port.has_failed, false)) return;
  log::info("own_port_opened", {{"credential", port.username}, {"port", port.number}});
}

Acceptor::OwnPorts Acceptor::listening_own_ports() {
  const std::lock_guard lock(mutex_);
  OwnPorts opened;
  for (const auto& port : own_ports_) {
    if (port->listeners) opened.push_back(port);
  }
  return opened;
}

// Whoever holds the port may let go of it, and no table would come to tell.
void Acceptor::retry_own_ports() {
  if (own_ports_failed() == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - retried_at_ < settings_.own_port_retry) return;
  retried_at_ = now;
  const std::lock_guard lock(mutex_);
  for (auto& port : own_ports_) {
    if (port->listeners) continue;
    OwnPort again = *port;
    open(again);
    port = std::make_shared<const OwnPort>(std::move(again));
  }
  count_failed_ports();
}

void Acceptor::count_failed_ports() {
  const auto failed =
      std::ranges::count_if(own_ports_, [](const auto& port) { return port->has_failed; });
  own_ports_failed_.store(static_cast<size_t>(failed), std::memory_order_relaxed);
}

}  // namespace cachery::serve
