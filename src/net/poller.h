// How a loop hears of its sockets: io_uring where the kernel allows it, epoll where it does not,
// behind one interface. The two differ in who reads (epoll says that there is something, io_uring
// brings it) and in when a send happens (epoll at once, io_uring with the next wait, so that a turn
// costs one system call).
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/error.h"
#include "net/connection.h"

namespace cachery::net {

// What a poller tells its loop.
class PollerEvents {
 public:
  // Before the others of one wait: the time to read the clock.
  virtual void on_turn() = 0;
  virtual void on_wakeup() = 0;
  virtual void on_readable(Connection& connection) = 0;
  // Of bytes that will be told as received after some others: see Handler::look_ahead.
  virtual uint64_t on_coming(Connection& connection, std::string_view bytes) = 0;
  virtual void on_nearly(Connection& connection, uint64_t token) = 0;
  // Bytes that arrived, valid during the call. None: the peer has closed, or the socket failed.
  virtual void on_received(Connection& connection, std::span<char> bytes) = 0;
  virtual void on_writable(Connection& connection) = 0;
  virtual void on_broken(Connection& connection) = 0;
  // Of an earlier send: what the peer was too slow for.
  virtual void on_unsent(Connection& connection, std::string_view bytes) = 0;
  // A removed connection that the poller still knew of may be freed now.
  virtual void on_released(Connection& connection) = 0;

 protected:
  ~PollerEvents() = default;
};

class Poller {
 public:
  virtual ~Poller() = default;

  // The loop's thread, before the first wait.
  virtual void enter() {}
  // It reads by itself: nobody else may, or bytes would be told in another order than they came.
  virtual bool brings_bytes() const = 0;
  // Waits for at least one event or the time to pass (-1: for ever) and tells of what there is.
  virtual void wait(int timeout_ms, PollerEvents& events) = 0;

  // False: the system refuses.
  [[nodiscard]] virtual bool add(Connection& connection) = 0;
  virtual void watch(Connection& connection, Watch what) = 0;
  // False: it must not be freed before on_released.
  [[nodiscard]] virtual bool remove(Connection& connection, PollerEvents& events) = 0;

  // How many bytes were taken; -1: the socket failed. What was taken may come back as unsent.
  virtual ptrdiff_t send(Connection& connection, std::string_view bytes, PollerEvents& events) = 0;
  // All that was taken has been sent, or told of as unsent, when it returns.
  virtual void flush(Connection& connection, PollerEvents& events) = 0;
  // The same for all connections.
  virtual void flush_all(PollerEvents& events) = 0;
};

enum class PollerKind : uint8_t { automatic, io_uring, epoll };

// `wakeup`: a descriptor whose readability is told as on_wakeup. automatic: io_uring, or epoll
// where the kernel or a container forbids it.
[[nodiscard]] Result<std::unique_ptr<Poller>> open_poller(PollerKind kind, int wakeup);

// Of each kind, for open_poller.
[[nodiscard]] Result<std::unique_ptr<Poller>> open_epoll_poller(int wakeup);
[[nodiscard]] Result<std::unique_ptr<Poller>> open_uring_poller(int wakeup);

// A send that does not wait: bytes taken, 0 where the peer is slow, -1 where the socket failed.
ptrdiff_t send_now(int socket, std::string_view bytes);

}  // namespace cachery::net
