// A client's TCP connection that waits, for commands that talk to a memcached one after the other:
// lines, counted bytes, a time-out on each. The event loop's connections never wait; this one
// always does, so it belongs to the command line and to no worker.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/socket.h"

namespace cachery::net {

class LineStream {
 public:
  // `address`: "host:port" or "[::1]:port". unavailable: nobody listens there, in time.
  [[nodiscard]] static Result<LineStream> connect(const std::string& address,
                                                  std::chrono::seconds patience);

  [[nodiscard]] Status send(std::string_view bytes);
  // Up to the next line feed, without it and a carriage return before it; the bytes are valid until
  // the next call. unavailable: closed, silent for too long, or longer than kLineBytesMax.
  [[nodiscard]] Result<std::string_view> read_line();
  // Exactly so many; valid until the next call.
  [[nodiscard]] Result<std::string_view> read_bytes(size_t count);

  // A dump's line holds a key of up to 250 bytes, percent-encoded, and numbers.
  static constexpr size_t kLineBytesMax = 8192;

 private:
  LineStream(OwnedSocket socket, std::string address)
      : socket_(std::move(socket)), address_(std::move(address)) {}
  [[nodiscard]] Status fill();

  OwnedSocket socket_;
  std::string address_;
  std::string input_ = {};
  size_t taken_ = 0;  // of input_, given to the caller already
};

}  // namespace cachery::net
