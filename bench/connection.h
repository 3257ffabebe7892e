// One connection under load: it sends a batch of requests by one write, reads until every one is
// answered, and takes the next batch. A window that slides would keep more on the way, but a batch
// is what clients that pipeline do, and the latency of a request is then that of its batch, written
// at a known time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/client_socket.h"
#include "bench/dialect.h"
#include "bench/histogram.h"

namespace cachery::bench {

// Buffers that all connections of a thread share.
struct Scratch {
  std::vector<char> input;        // what a read brings
  std::vector<char> output;       // must hold a batch
  std::vector<char> unsealed;     // what TLS makes of it
  std::vector<std::byte> sealed;  // a batch, as TLS sends it
};

class Connection {
 public:
  Connection(ClientSocket socket, const Dialect& dialect)
      : socket_(std::move(socket)), dialect_(dialect) {}

  // A new batch: clear, add, then start.
  void clear_batch();
  void add_get(const std::vector<uint64_t>& keys);
  void add_set(uint64_t key);
  // The batch as it travels, in `scratch` until its next use; what could not be sent of it is given
  // to keep_unsent. Nothing when the connection is lost.
  [[nodiscard]] std::optional<std::string_view> start_batch(Scratch& scratch, Tally& tally,
                                                            uint64_t now_ns);
  void keep_unsent(std::string_view bytes) { unsent_.append(bytes); }

  // All return false when the connection is lost.
  // Reads what there is.
  [[nodiscard]] bool read_ready(Scratch& scratch, Tally& tally, Histogram& latency,
                                uint64_t now_ns);
  // Bytes that have travelled and that somebody else has read.
  [[nodiscard]] bool take(std::span<const char> bytes, Scratch& scratch, Tally& tally,
                          Histogram& latency, uint64_t now_ns);
  [[nodiscard]] bool write_ready();

  bool is_batch_done() const { return next_ == operations_.size(); }
  bool wants_write() const { return !unsent_.empty(); }
  int descriptor() const { return socket_.descriptor(); }

 private:
  bool take_answer(std::string_view bytes, Tally& tally, Histogram& latency, uint64_t now_ns);
  bool consume(std::string_view input, Tally& tally, size_t& consumed);

  ClientSocket socket_;
  const Dialect& dialect_;
  std::vector<Operation> operations_;
  std::vector<uint64_t> keys_;  // of all operations, end to end
  std::vector<size_t> key_counts_;
  size_t next_ = 0;  // the operation whose answer comes next
  uint64_t sent_ns_ = 0;
  std::string unread_;  // the start of an element whose rest has not come
  std::string unsent_;
};

}  // namespace cachery::bench
