// One TLS connection as a filter of bytes: ciphertext goes in and out by function call, so that
// the same code works below epoll and io_uring, and every split of the bytes can be tested without
// a socket. OpenSSL reads straight from the span that is fed (no memory BIO in between) and writes
// into one buffer that the owner sends from, or takes whole by swap_output. An idle stream holds
// no buffers, and OpenSSL releases its own (the test TlsStream.CostsLittleWhileIdle prints the
// cost).
// Rejected: SSL_set_fd (binds us to blocking reads of a socket), BIO_s_mem (a copy each way).
//
// Use:  feed(received); while ((n = read(buffer)) > 0) …; write(reply); send(output()).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/openssl.h"

namespace cachery::net {

// write() takes no more plaintext once this much ciphertext waits to be sent.
inline constexpr size_t kTlsOutputBytesMax = 256 * 1024;
// A peer that makes us answer (key updates) and reads nothing is cut off here.
inline constexpr size_t kTlsOutputBytesCutOff = 2 * kTlsOutputBytesMax;
// Ciphertext that keep_input() may hold: one large receive, and all that io_uring may bring before
// it hears that nothing is wanted any more, which is its buffers full.
inline constexpr size_t kTlsInputBytesMax = (256 + 4096) * 1024;

enum class TlsHandshake { in_progress, done, failed };

// One thread at a time.
class TlsStream {
 public:
  // The server's end. The context is referenced for as long as the stream lives.
  static Result<std::unique_ptr<TlsStream>> accept(const TlsContext& context);
  // The client's end: asks for `host` by name, and checks the certificate for it if the context
  // verifies peers. Its hello is in output() at once.
  static Result<std::unique_ptr<TlsStream>> connect(const TlsContext& context,
                                                    const std::string& host);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // Lends received bytes and drives the handshake with them. They must stay where they are until
  // read() has returned 0 or keep_input() was called. After an error output() may hold an alert
  // that is worth sending; every later call returns the same error.
  Status feed(std::span<const std::byte> ciphertext);
  // Copies what is left of the lent bytes, for an owner that stops reading before the end.
  Status keep_input();

  // Plaintext bytes put into `plaintext`. 0: all that was fed is used up and more is needed, or the
  // peer has ended its side (is_peer_done), or the handshake goes on. After a handshake done within
  // feed() the bytes behind it are read here without another feed.
  Result<size_t> read(std::span<std::byte> plaintext);
  // How many bytes were taken and encrypted into output(): fewer than given at the output's bound,
  // none before the handshake is done.
  Result<size_t> write(std::span<const std::byte> plaintext);
  // Puts close_notify into output(), once. What the peer still sends can be read.
  void close();

  // Ciphertext to be sent, valid until the next call of a function that is not const.
  std::span<const std::byte> output() const;
  void consume_output(size_t bytes);
  // The end of what was consumed, which could not be sent after all: it is output() again, first.
  void put_back_output(std::span<const std::byte> ciphertext);
  // Exchanges output() for an empty buffer, without a copy. An owner that keeps one buffer warm for
  // all its streams lends it by this call before write() and takes it back, filled, by another.
  // A buffer that is not empty gets output() appended.
  void swap_output(std::vector<std::byte>& buffer);

  // Of buffers; OpenSSL's own are not known.
  size_t held_bytes() const { return kept_.capacity() + output_.capacity(); }

  TlsHandshake handshake() const { return handshake_; }
  bool is_peer_done() const { return is_peer_done_; }  // close_notify has arrived
  // The rest is known once the handshake is done.
  bool is_resumed() const;
  std::string_view protocol_version() const;  // "TLSv1.3"
  std::string server_name() const;            // as the client asked (SNI); may be empty
  // The one common name of a client certificate that was verified; empty without one.
  std::string client_common_name() const;

 private:
  struct Bio;  // OpenSSL's callbacks

  TlsStream() = default;
  static Result<std::unique_ptr<TlsStream>> open(const TlsContext& context);
  Status advance_handshake();
  Status fail_with(Error error);
  Result<size_t> read_record(std::span<std::byte> plaintext);
  Result<size_t> write_record(std::span<const std::byte> plaintext);
  std::string what_went_wrong() const;
  size_t output_bytes() const { return output_.size() - output_start_; }
  size_t take_input(std::span<std::byte> room);
  bool give_output(std::span<const std::byte> ciphertext);

  OwnedSsl ssl_;
  TlsHandshake handshake_ = TlsHandshake::in_progress;
  bool is_peer_done_ = false;
  bool is_closed_ = false;
  std::optional<Error> failure_;

  std::span<const std::byte> lent_;  // the caller's bytes, see feed()
  std::vector<std::byte> kept_;      // older than lent_; used from kept_start_ on
  size_t kept_start_ = 0;
  std::vector<std::byte> output_;  // used from output_start_ on
  size_t output_start_ = 0;
};

}  // namespace cachery::net
