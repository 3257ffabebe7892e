// What a loop asks of the conversation on a connection. The loop owns sockets and bytes that wait;
// the handler owns meaning. Called by the loop's thread alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/block_source.h"
#include "base/clock.h"

namespace cachery::net {

enum class Next : uint8_t {
  go_on,        // all that could be used was used
  output_full,  // send what is composed, then give the rest again
  wait,         // give the rest again at `wait_until_ns`
  close,        // send what is composed, then close
};

struct InputResult {
  Next next = Next::go_on;
  size_t consumed = 0;
  size_t bytes_wanted = 0;   // the next request's length from its start, where known
  bool wants_block = false;  // and it would keep a block that holds this request alone
  uint64_t wait_until_ns = 0;
};

class Handler {
 public:
  virtual ~Handler() = default;

  // May change the bytes in place. What it composes is found by output() after it.
  virtual InputResult on_input(std::span<char> input, const Now& now) = 0;
  // The same where the input lies in a block from the loop's source: if it is taken, all of the
  // input is consumed.
  virtual InputResult on_input_in(OfferedBlock&, std::span<char> input, const Now& now) {
    return on_input(input, now);
  }
  // Bytes that on_input will most likely be given in a moment, and then once more, nearer to it:
  // time to have memory fetched that the answer will need. What the first returns the second is
  // told.
  virtual uint64_t look_ahead(std::string_view) { return 0; }
  virtual void fetch_ahead(uint64_t) {}

  // Of who waits, or has much to read or to send: how many bytes may be moved for it at a time
  // (none: in the next turn), and how long it took.
  virtual size_t share_left(const Now&) { return SIZE_MAX; }
  virtual void have_taken(uint64_t /*ns*/, const Now&) {}

  // Whose connection it is, as a number that means nothing to the loop; 0: nobody knows yet.
  virtual uint64_t owner() const { return 0; }
  // Its input lies in a block of so many bytes from the loop's source from now on; 0: in none.
  virtual void hold_block(size_t /*bytes*/) {}

  // There was no memory for what the connection asked for, which ends it: what it is told, if
  // anything can be said where its answers stand.
  virtual std::string_view out_of_memory() { return {}; }

  // Composed and not yet taken by the loop; taken whole, by output_taken().
  virtual std::string_view output() const = 0;
  virtual void output_taken() = 0;
};

}  // namespace cachery::net
