// One thread that accepts connections on every port and hands them to the workers in turn: plain
// ones at once, TLS ones after their handshake in a pool of its own. Ports that belong to one
// credential come and go with the tenant table; who may use them is decided here, by address.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/handshake_pool.h"
#include "net/socket.h"
#include "serve/worker.h"

namespace cachery::serve {

struct AcceptorSettings {
  std::vector<std::string> addresses = {};  // own ports listen on them too
  uint32_t connections_max = 0;
  bool is_tls_required = false;  // plain connections are told so and closed
  // Whether many clients come by this address (this machine, a proxy), which then has no share of
  // the handshakes or of strangers' places like one client's. Empty: none is.
  std::function<bool(const std::string&)> is_shared_address = {};
  // Between two tries to open an own port that could not be opened.
  std::chrono::milliseconds own_port_retry{5'000};
};

class Acceptor {
 public:
  struct Ports {
    net::Listeners plain;
    net::Listeners tls;  // empty: no TLS
  };

  // `handshakes` may be null without a TLS port. All outlive it.
  Acceptor(AcceptorSettings settings, Ports ports, net::HandshakePool* handshakes,
           const std::vector<std::unique_ptr<Worker>>& workers);
  ~Acceptor();  // stops

  void start();
  void stop();
  // Any thread. Opens and closes the credentials' own ports.
  void set_table(const tenant::TenantTable& table);
  // A connection whose handshake is done. Any thread.
  void hand_over(net::OwnedSocket socket, std::unique_ptr<net::TlsStream> tls,
                 tenant::CredentialId own_credential);

  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }
  // Own ports that cannot be opened now.
  size_t own_ports_failed() const { return own_ports_failed_.load(std::memory_order_relaxed); }

 private:
  struct OwnPort {
    uint16_t number = 0;
    // Kept while a credential has the port; null: it could not be opened yet.
    std::shared_ptr<const net::Listeners> listeners = {};
    bool has_failed = false;  // and the log says so
    tenant::CredentialId credential = 0;
    std::string username = {};
    std::vector<std::string> networks = {};
  };
  using OwnPorts = std::vector<std::shared_ptr<const OwnPort>>;

  void run();
  void warn_of_descriptors();
  void wake();
  OwnPorts listening_own_ports();
  void open(OwnPort& port) const;
  void retry_own_ports();
  void count_failed_ports();  // mutex_ is held
  // A socket that somebody may connect to.
  struct Polled {
    int socket;
    bool is_tls;
    const OwnPort* own;
  };
  std::vector<Polled> all_listeners(const OwnPorts& own) const;
  bool accept_all(const Polled& polled);
  void admit(net::OwnedSocket socket, bool is_tls, const OwnPort* polled);
  bool is_full() const { return open_connections() >= settings_.connections_max; }
  Worker& worker_with_most_strangers() const;
  void refuse(const net::OwnedSocket& socket, bool is_tls, std::string_view why,
              tenant::CredentialId own_credential);
  // The client that a connection from this address counts for; empty: many clients share it.
  std::string network_of(const std::string& peer) const;
  std::shared_ptr<const OwnPort> as_it_is_now(const OwnPort& polled);
  static bool may_use(const OwnPort& own, const std::string& peer);
  size_t open_connections() const;

  // set at start
  const AcceptorSettings settings_;
  const Ports ports_;
  net::HandshakePool* const handshakes_;
  const std::vector<std::unique_ptr<Worker>>& workers_;
  net::OwnedSocket wakeup_;
  std::thread thread_;
  std::chrono::steady_clock::time_point warned_at_;   // its own
  std::chrono::steady_clock::time_point retried_at_;  // likewise

  std::atomic<bool> is_stopping_{false};
  std::atomic<size_t> next_worker_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<size_t> own_ports_failed_{0};

  std::mutex mutex_;
  // guarded by mutex_
  OwnPorts own_ports_;
};

}  // namespace cachery::serve
