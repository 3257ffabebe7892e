// The event loop of one worker: sockets, the bytes that wait on them, timers. The home of epoll.
//
// Reading is into one buffer that all connections of the loop share; a connection keeps bytes of its
// own only while a request is incomplete or its peer is slow to read, so an idle one costs its
// object and nothing else. Replies leave by one send a connection a turn. While replies wait for a
// slow reader, or the handler asked to wait, nothing is read from that connection: the kernel's
// window then stops the peer.
//
// One thread runs it; post() is for the others.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "net/handler.h"
#include "net/socket.h"
#include "net/tls_stream.h"
#include "net/waiting_bytes.h"

namespace cachery::net {

// A connection as its loop knows it.
struct Connection {
  OwnedSocket socket;
  std::unique_ptr<Handler> handler;
  std::unique_ptr<TlsStream> tls;  // null: plain
  WaitingBytes input;              // of an incomplete or postponed request
  WaitingBytes output;             // plaintext that the peer was too slow for
  uint64_t wait_until_ns = 0;      // not 0: the handler waits
  uint64_t opened_ns = 0;
  uint64_t active_ns = 0;          // when bytes last arrived
  uint32_t slot = 0;               // its place in the loop's list
  uint32_t bytes_wanted = 0;
  uint32_t watched = 0;            // what epoll was told to watch
  bool is_closing = false;         // once the output is gone
  bool is_dead = false;            // closed; freed at the end of the turn
};

class Loop {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Loop>> open(const Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(). `on_second` is called about once a second while connections are open.
  void run(std::function<void(const Now&)> on_second);
  // Any thread.
  void post(std::function<void()> task);
  void stop();

  // The loop's thread, all of the rest.
  // The socket is non-blocking. A TLS stream's handshake is done; it may hold bytes already.
  Connection& add(OwnedSocket socket, std::unique_ptr<Handler> handler,
                  std::unique_ptr<TlsStream> tls);
  void close(Connection& connection);
  // Takes no more requests: ends each connection once its replies are sent.
  void drain();
  const std::vector<std::unique_ptr<Connection>>& connections() const { return connections_; }
  const Now& now() const { return now_; }

 private:
  explicit Loop(const Clock& clock) : clock_(clock), now_(clock.now()) {}

  void turn();
  int timeout_ms() const;
  void run_tasks();
  void resume_waiting();
  void on_event(Connection& connection, uint32_t events);
  void on_readable(Connection& connection);
  void read_plain(Connection& connection);
  void read_tls(Connection& connection);
  void decrypt(Connection& connection);
  // Gives bytes to the handler until it needs more, waits or is done. What is left is kept.
  void process(Connection& connection, std::span<char> bytes, bool are_kept);
  void process_kept(Connection& connection);
  bool is_stalled(const Connection& connection) const {
    return connection.wait_until_ns != 0 || !connection.output.empty() || connection.is_dead ||
           (connection.tls != nullptr && !connection.tls->output().empty());
  }
  void send_output(Connection& connection);
  size_t send_some(Connection& connection, std::string_view bytes);
  void send_kept(Connection& connection);
  void send_tls(Connection& connection);
  void watch(Connection& connection);
  void finish(Connection& connection);

  const Clock& clock_;
  Now now_;
  OwnedSocket epoll_;
  OwnedSocket wakeup_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> dead_;
  std::vector<Connection*> waiting_;  // wait_until_ns is set
  std::unique_ptr<char[]> read_buffer_;
  std::unique_ptr<char[]> plain_buffer_;
  std::function<void(const Now&)> on_second_;
  int64_t last_second_ = 0;
  bool is_draining_ = false;

  std::atomic<bool> is_stopping_{false};
  std::mutex tasks_mutex_;
  std::vector<std::function<void()>> tasks_;  // guarded by tasks_mutex_
};

}  // namespace cachery::net
