// A client's TCP connection that waits, for commands that talk to a memcached one after the other:
// lines, counted bytes, a time-out on each, over TLS or plain. The event loop's connections never
// wait; this one always does, so it belongs to the command line and to no worker. One thread at a
// time; two, one a direction, on a plain one.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/socket.h"
#include "net/tls_stream.h"

namespace cachery::net {

class LineStream {
 public:
  // `address`: "host:port" or "[::1]:port". unavailable: nobody listens there, in time. Patience 0
  // waits for ever. With a context the connection is TLS, and the certificate is checked for the
  // host of `address` where the context verifies.
  [[nodiscard]] static Result<LineStream> connect(const std::string& address,
                                                  std::chrono::milliseconds patience,
                                                  const TlsContext& tls = nullptr);
  // Takes over what a listener accepted; waits for ever.
  static LineStream accepted(OwnedSocket socket);

  [[nodiscard]] Status send(std::string_view bytes);
  // Up to the next line feed, without it and a carriage return before it; the bytes are valid until
  // the next call. unavailable: closed, silent for too long, or longer than kLineBytesMax.
  [[nodiscard]] Result<std::string_view> read_line();
  // Exactly so many; valid until the next call.
  [[nodiscard]] Result<std::string_view> read_bytes(size_t count);
  // Whatever comes next, past all lines: for who passes bytes on. 0: the peer has ended.
  [[nodiscard]] Result<size_t> receive(std::span<char> into);
  void set_patience(std::chrono::milliseconds patience) const;  // from now on; 0: for ever
  // Tells the peer of a plain connection that no more follows; it may still answer.
  void end_sending() const;
  // Any thread: whoever waits on the stream finds it closed.
  void shut_down() const;

  // A dump's line holds a key of up to 250 bytes, percent-encoded, and numbers.
  static constexpr size_t kLineBytesMax = 8192;

 private:
  LineStream(OwnedSocket socket, std::string address)
      : socket_(std::move(socket)), address_(std::move(address)) {}
  [[nodiscard]] Status start_tls(const TlsContext& context, const std::string& host);
  [[nodiscard]] Status fill();
  // As send() and receive(), below TLS.
  [[nodiscard]] Status send_plain(std::string_view bytes);
  [[nodiscard]] Result<size_t> receive_plain(std::span<char> into);
  [[nodiscard]] Status send_ciphertext();
  // False: the peer has ended.
  [[nodiscard]] Result<bool> receive_ciphertext();
  [[nodiscard]] Result<size_t> receive_decrypted(std::span<char> into);

  OwnedSocket socket_;
  std::string address_;
  std::unique_ptr<TlsStream> tls_ = {};  // null: a plain connection
  std::string input_ = {};
  size_t taken_ = 0;  // of input_, given to the caller already
};

}  // namespace cachery::net
