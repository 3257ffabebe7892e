// TLS handshakes away from the workers that answer requests. A handshake costs about 0.2 ms of a
// core (measured, ECDSA P-256), so a reconnect storm on the workers would be felt by everyone who
// is already connected; here it has threads of its own and a bound. Above the bound the newest
// waiting connection is served first and the oldest is dropped: the one that has waited longest
// belongs to a client that has timed out, and serving it first is how storms never end (memcached
// issue 1139). Each handshake ends within a deadline from its submission; a client that closes
// before it has been answered costs no cryptography at all.
// One address must not have the pool for itself: it may have half of what is in progress, a free
// place goes to who has fewest in progress, and what is dropped is of who has most waiting.
// Rejected: handshakes on the workers with a budget a turn, which lengthens every turn.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/certificate_store.h"
#include "net/tls_stream.h"

namespace cachery::net {

struct HandshakeLimits {
  size_t threads = 2;
  size_t in_progress_max = 256;  // over all threads; each holds a stream
  size_t of_client_max = 128;    // of those in progress, of one client
  size_t waiting_max = 1'024;    // a listener's backlog more; each holds a descriptor
  uint64_t nanoseconds_max = 5'000'000'000;
};

struct HandshakeCounters {
  uint64_t succeeded = 0;
  uint64_t resumed = 0;    // of those that succeeded
  uint64_t failed = 0;     // no TLS, no common version, a certificate refused by either side
  uint64_t timed_out = 0;  // waiting or in progress
  uint64_t abandoned = 0;  // the client closed first
  uint64_t dropped = 0;    // over the bound, or the pool was stopped
  uint64_t in_progress = 0;
  uint64_t waiting = 0;
};

// What a finished handshake hands over: a non-blocking socket that is nobody else's, and the stream
// whose read() may have plaintext at once (read before waiting for the socket).
struct SecuredConnection {
  int socket = -1;
  uint64_t tag = 0;  // as given to submit()
  std::unique_ptr<TlsStream> stream;
};

class HandshakePool {
 public:
  // Called on a thread of the pool; must not block, and not call stop().
  using OnSecured = std::function<void(SecuredConnection)>;

  // `certificates` and `clock` outlive the pool; both are read by its threads.
  static Result<std::unique_ptr<HandshakePool>> start(HandshakeLimits limits,
                                                      const CertificateStore& certificates,
                                                      const Clock& clock, OnSecured on_secured);
  ~HandshakePool();  // stops
  HandshakePool(const HandshakePool&) = delete;
  HandshakePool& operator=(const HandshakePool&) = delete;

  // Any thread. The accepted, non-blocking socket belongs to the pool from here on; `tag` is the
  // caller's (an address, a listener's number) and comes back with the connection. `client` is who
  // shares a bound with others of its name; empty: a name of its own, and so no bound.
  void submit(int socket, uint64_t tag, std::string client = {});
  // Drops what is waiting or in progress and joins the threads. Once, or many times.
  void stop();

  // Any thread.
  HandshakeCounters counters() const;

 private:
  class Runner;  // one thread

  struct Share {
    size_t in_progress = 0;
    size_t waiting = 0;
  };
  using Clients = std::unordered_map<std::string, Share>;

  struct Accepted {
    int socket = -1;
    uint64_t tag = 0;
    uint64_t deadline_ns = 0;
    Clients::value_type* client = nullptr;  // its share is under the pool's mutex
  };
  using Waiting = std::list<Accepted>;

  HandshakePool(HandshakeLimits limits, const CertificateStore& certificates, const Clock& clock,
                OnSecured on_secured);
  Runner* least_busy();
  void drop(const Accepted& accepted, std::atomic<uint64_t>& why);
  // The runner has ended one: it gets one that waits in exchange, if there is one that may begin.
  std::optional<Accepted> exchange_for_next(Runner& runner, const Accepted& ended);
  void expire_waiting(uint64_t now_ns);
  // With mutex_ held, these.
  Waiting::iterator next_waiting();
  Waiting::iterator least_deserving();
  void drop_waiting(Waiting::iterator at, std::atomic<uint64_t>& why);
  void forget_if_gone(Clients::value_type* client);

  // set at start
  const HandshakeLimits limits_;
  const CertificateStore& certificates_;
  const Clock& clock_;
  const OnSecured on_secured_;
  std::vector<std::unique_ptr<Runner>> runners_;

  // any thread
  std::atomic<bool> is_stopping_ = false;
  std::atomic<uint64_t> succeeded_ = 0;
  std::atomic<uint64_t> resumed_ = 0;
  std::atomic<uint64_t> failed_ = 0;
  std::atomic<uint64_t> timed_out_ = 0;
  std::atomic<uint64_t> abandoned_ = 0;
  std::atomic<uint64_t> dropped_ = 0;

  // guarded by mutex_
  mutable std::mutex mutex_;
  size_t in_progress_ = 0;  // given to a runner and not ended
  Waiting waiting_;         // oldest first, and so by deadline
  Clients clients_;         // of those two
};

}  // namespace cachery::net
