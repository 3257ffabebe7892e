// A client's end of a connection, over TCP or TLS. It connects and authenticates blocking, with a
// deadline, and is non-blocking from then on: a load starts when all are connected, so nothing is
// lost by doing that one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "bench/dialect.h"
#include "net/openssl.h"
#include "net/tls_stream.h"

namespace cachery::bench {

struct Endpoint {
  std::string host;
  std::string port;
};

struct Login {
  std::string username;  // empty: none
  std::string password;
};

// Trusts what is signed by the file `ca_path`; an empty path trusts anyone, as a load in a
// laboratory may.
[[nodiscard]] Result<net::TlsContext> make_tls_context(const std::string& ca_path);

class ClientSocket {
 public:
  // `context` may be null: plain TCP.
  [[nodiscard]] static Result<ClientSocket> open(const Endpoint& endpoint,
                                                 const net::TlsContext& context);
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&&) = delete;
  ~ClientSocket();

  // Blocking; before set_nonblocking.
  [[nodiscard]] Status authenticate(const Login& login, Protocol protocol);
  void set_nonblocking();

  enum class Io { done, would_block, closed };
  struct Transfer {
    Io io;
    size_t bytes;
  };
  // What the peer says and is told, whether it travels sealed or not. Blocking sockets only, or
  // plain ones.
  Transfer read(char* out, size_t capacity);
  Transfer write(std::string_view bytes);

  // The same in two halves, for owners that move bytes by means of their own.
  // What travels for these bytes: in `room`, which keeps its memory from call to call, or where
  // they are. Nothing when the connection cannot take them.
  [[nodiscard]] std::optional<std::string_view> seal(std::string_view bytes,
                                                     std::vector<std::byte>& room);
  // Gives what has travelled; `received` must stay until unseal has returned 0 bytes.
  [[nodiscard]] bool give(std::span<const char> received);
  Transfer unseal(std::span<char> out);
  bool is_tls() const { return tls_ != nullptr; }
  // Of what travels.
  Transfer receive(std::span<char> out);
  Transfer send(std::string_view bytes);
  int descriptor() const { return descriptor_; }

 private:
  explicit ClientSocket(int descriptor) : descriptor_(descriptor) {}
  [[nodiscard]] Status start_tls(const net::TlsContext& context, const std::string& host);
  [[nodiscard]] bool flush_tls();
  [[nodiscard]] Result<std::string> exchange(std::string_view request, size_t answer_bytes);
  [[nodiscard]] Status authenticate_binary(const Login& login);

  int descriptor_;
  std::unique_ptr<net::TlsStream> tls_;
};

}  // namespace cachery::bench
