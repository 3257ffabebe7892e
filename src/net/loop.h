// The event loop of one worker: connections, the bytes that wait on them, timers; its Poller hears
// of the sockets.
//
// Reading is into one buffer that all connections of the loop share; a connection keeps bytes of
// its own only while a request is incomplete or its peer is slow to read, so an idle one costs its
// object and nothing else. A long request whose handler would keep its memory is read to a block
// from the loop's source, alone, and goes with it: its value is never copied. Replies leave by one
// send a connection a turn. A turn answers who has little first and sends that; who has much to
// read or to send, or has waited, is served behind them, in turn and as long as its handler has a
// share of the turn left. While replies wait for a slow reader, or the handler asked to wait,
// nothing is read from that connection: the kernel's window then stops the peer. What waits on all
// connections together has a bound; past it some are closed, of the owner whose connections hold
// most (net/shedding.h), so that a crowd of them cannot take the memory of the others.
//
// One thread runs it; post() is for the others.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "base/clock.h"
#include "net/connection.h"
#include "net/poller.h"
#include "net/spare_bytes.h"

namespace cachery::net {

class Loop final : private PollerEvents {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Loop>> open(const Clock& clock, PollerKind kind);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(). `on_second` is called about once a second while connections are open, and
  // again in each turn while it returns true: what takes long is done a part at a time.
  void run(std::function<bool(const Now&)> on_second);
  // Before run(). For the buffers of all connections.
  void set_waiting_bytes_max(size_t bytes) { waiting_bytes_max_ = bytes; }
  // Before run(), or by its thread while there are no connections; null: none. Outlives the loop.
  void set_block_source(BlockSource* source) { block_source_ = source; }
  // Any thread.
  void post(std::function<void()> task);
  void stop();

  // The loop's thread, all of the rest.
  // The socket is non-blocking. A TLS stream's handshake is done; it may hold bytes already.
  Connection& add(OwnedSocket socket, std::unique_ptr<Handler> handler,
                  std::unique_ptr<TlsStream> tls);
  void close(Connection& connection);
  // Answers what has arrived, then ends each connection once its replies are sent.
  void drain();
  // Any thread.
  size_t connection_count() const { return connection_count_.load(std::memory_order_relaxed); }
  size_t waiting_bytes() const { return waiting_bytes_.load(std::memory_order_relaxed); }
  // Those closed because there was no memory for what they asked for.
  uint64_t out_of_memory_count() const {
    return out_of_memory_count_.load(std::memory_order_relaxed);
  }
  // Connections closed because the buffers of all took too much.
  uint64_t shed_count() const { return shed_count_.load(std::memory_order_relaxed); }
  const std::vector<std::unique_ptr<Connection>>& connections() const { return connections_; }
  const Now& now() const { return now_; }

 private:
  // Of a request that is still to come or of replies that wait: served after all others.
  static constexpr size_t kBulkBytes = 16u << 10;

  explicit Loop(const Clock& clock) : clock_(clock), now_(clock.now()) {}

  // PollerEvents
  void on_turn() override { now_ = clock_.now(); }
  void on_wakeup() override;
  void on_readable(Connection& connection) override {
    guard(connection, [&] { read(connection); });
  }
  uint64_t on_coming(Connection& connection, std::string_view bytes) override;
  void on_nearly(Connection& connection, uint64_t token) override;
  void on_received(Connection& connection, std::span<char> bytes) override {
    guard(connection, [&] { take(connection, bytes); });
  }
  void on_writable(Connection& connection) override {
    guard(connection, [&] { write(connection); });
  }
  void on_broken(Connection& connection) override;
  void on_unsent(Connection& connection, std::string_view bytes) override {
    guard(connection, [&] { keep_unsent(connection, bytes); });
  }
  void on_released(Connection& connection) override;

  // An allocation whose size a peer chose may fail: that is the end of its connection alone. Each
  // event of a connection is answered through this, so that no such failure passes the loop.
  template <typename Act>
  void guard(Connection& connection, Act act) {
    try {
      act();
    } catch (const std::bad_alloc&) {
      end_for_memory(connection);
    }
  }
  void end_for_memory(Connection& connection);

  void turn();
  int timeout_ms() const;
  void read(Connection& connection);
  void take(Connection& connection, std::span<char> bytes);
  void write(Connection& connection);
  void keep_unsent(Connection& connection, std::string_view bytes);
  void serve_waiting();
  void serve_later(Connection& connection, Awaited awaited);
  void serve_late(Connection& connection, size_t bytes_max);
  void serve_awaited(Connection& connection);
  void note_time(Connection& connection);
  void write_kept(Connection& connection);
  void close_answered();
  void read_plain(Connection& connection);
  void read_start(Connection& connection);
  size_t receive(Connection& connection, std::span<char> room);
  std::span<char> room_for(Connection& connection);
  void take_ciphertext(Connection& connection, std::span<char> bytes);
  void decrypt(Connection& connection);
  // Gives bytes to the handler until it needs more, waits or is done. What is left is kept.
  void process(Connection& connection, std::span<char> bytes, bool are_kept);
  InputResult hand_over(Connection& connection, std::span<char> bytes, bool are_kept);
  void process_kept(Connection& connection);
  void keep(Connection& connection, std::span<const char> bytes);
  // `wanted`: how long it is known to become.
  void consume(WaitingBytes& bytes, size_t used, size_t wanted);
  // To another block: of `source`, if that has one, else of the allocator's.
  void move_to(WaitingBytes& bytes, size_t capacity, BlockSource* source);
  void begin(WaitingBytes& bytes, size_t capacity, BlockSource* source);
  BlockSource* block_source_for(const Connection& connection) const {
    return connection.wants_block ? block_source_ : nullptr;
  }
  static bool is_bulk(const Connection& connection);
  static void note_read(Connection& connection, size_t bytes);
  static size_t bytes_missing(const Connection& connection) {
    const size_t held = connection.input.size();
    return std::max<size_t>(connection.bytes_wanted, held) - held;
  }
  static bool has_output(const Connection& connection) {
    return !connection.output.empty() ||
           (connection.tls != nullptr && !connection.tls->output().empty());
  }
  static bool is_stalled(const Connection& connection) {
    return connection.wait_until_ns != 0 || connection.is_dead || has_output(connection);
  }
  void send_output(Connection& connection);
  ptrdiff_t send_some(Connection& connection, std::string_view bytes);
  ptrdiff_t send_piece(Connection& connection, std::string_view bytes);
  ptrdiff_t send_encrypted(Connection& connection, std::string_view bytes);
  void send_ciphertext(Connection& connection);
  void send_kept(Connection& connection, size_t bytes_max);
  void watch(Connection& connection);
  void tell_from(Connection& connection);
  void count_waiting(Connection& connection);
  static void note_block(Connection& connection);
  void shed();
  void finish(Connection& connection);

  const Clock& clock_;
  Now now_;
  OwnedSocket wakeup_;
  std::unique_ptr<Poller> poller_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> dead_;       // freed at the end of the turn
  std::vector<std::unique_ptr<Connection>> lingering_;  // dead, the poller still knows of them
  std::vector<Connection*> waiting_;                    // wait_until_ns is set
  std::unique_ptr<char[]> read_buffer_;
  std::unique_ptr<char[]> plain_buffer_;
  std::function<bool(const Now&)> on_second_;
  int64_t last_second_ = 0;
  bool is_second_going_on_ = false;   // on_second_ has more to do
  uint64_t late_since_ns_ = 0;        // since when it is: the one that is served late; or 0
  size_t late_bytes_max_ = SIZE_MAX;  // of the one that is served late: read or sent at once
  uint32_t turns_to_drain_ = 0;
  bool is_draining_ = false;

  BlockSource* block_source_ = nullptr;
  SpareBytes spares_;
  size_t waiting_bytes_max_ = SIZE_MAX;

  std::atomic<bool> is_stopping_{false};
  std::atomic<size_t> connection_count_{0};
  std::atomic<size_t> waiting_bytes_{0};
  std::atomic<uint64_t> shed_count_{0};
  std::atomic<uint64_t> out_of_memory_count_{0};
  std::mutex tasks_mutex_;
  std::vector<std::function<void()>> tasks_;  // guarded by tasks_mutex_
};

}  // namespace cachery::net
