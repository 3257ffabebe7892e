// A connection as its loop and its poller know it: its socket, who answers, the bytes that wait on
// it, and what the poller must remember. The loop's thread only.
#pragma once

#include <cstdint>
#include <memory>

#include "net/handler.h"
#include "net/socket.h"
#include "net/tls_stream.h"
#include "net/waiting_bytes.h"

namespace cachery::net {

enum class Watch : uint8_t {
  nothing,
  input,   // io_uring brings the bytes
  bulk,    // much is to come: told as readable, to be read to where it belongs
  output,  // the peer reads again
};

// What it is served with when its wait is over.
enum class Awaited : uint8_t {
  handler,  // bytes that it has
  reading,  // much to read
  writing,  // much to send
};

struct Connection {
  OwnedSocket socket;
  std::unique_ptr<Handler> handler;
  std::unique_ptr<TlsStream> tls;  // null: plain
  WaitingBytes input;              // of an incomplete or postponed request
  WaitingBytes output;             // plaintext that the peer was too slow for
  uint64_t wait_until_ns = 0;      // not 0: it is served then, after all others of a turn
  uint64_t opened_ns = 0;
  uint64_t active_ns = 0;        // when bytes last arrived
  uint64_t counted_bytes = 0;    // of buffers, as its loop has counted them
  size_t block_bytes = 0;        // in a block from the loop's source, as its handler was told
  uint32_t slot = 0;             // its place in the loop's list
  uint32_t bytes_wanted = 0;     // of the request that is still to come: see InputResult
  bool wants_block = false;      // it likewise
  bool comes_in_blocks = false;  // the last one whose length was known did
  int told_from_bytes = 1;       // SO_RCVLOWAT: it counts as readable from so many on
  bool is_closing = false;       // once the output is gone
  bool is_input_over = false;    // the peer sends no more; what it sent is still answered
  uint8_t bulk_score = 0;        // how much it sent at a time, lately
  bool is_bulky = false;         // much: told as readable, not brought
  Awaited awaited = Awaited::handler;
  bool is_dead = false;  // closed; freed when the poller has let go of it

  // the poller's
  Watch watched = Watch::nothing;
  bool is_receiving = false;       // io_uring: a receive is under way
  bool is_cancelling = false;      // io_uring: and shall end
  bool is_polling_input = false;   // io_uring: for bulk
  bool is_polling_output = false;  // io_uring: for the peer to read again
  uint32_t queued_send = 0;        // io_uring: its place in this turn's sends, from 1 on
};

}  // namespace cachery::net
