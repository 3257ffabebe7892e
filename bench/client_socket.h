// A client's end of a connection, over TCP or TLS. It connects and authenticates blocking, with a
// deadline, and is non-blocking from then on: a load starts when all are connected, so nothing is
// lost by doing that one after the other.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "bench/dialect.h"

namespace cachery::bench {

struct Endpoint {
  std::string host;
  std::string port;
};

struct Login {
  std::string username;  // empty: none
  std::string password;
};

struct SslContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextFree>;

// Trusts what is signed by the file `ca_path`; an empty path trusts anyone, as a load in a
// laboratory may.
[[nodiscard]] Result<SslContext> make_ssl_context(const std::string& ca_path);

class ClientSocket {
 public:
  // `context` may be null (plain TCP) and must outlive the socket.
  [[nodiscard]] static Result<ClientSocket> open(const Endpoint& endpoint, SSL_CTX* context);
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
  Transfer read(char* out, size_t capacity);
  Transfer write(std::string_view bytes);
  int descriptor() const { return descriptor_; }
  // TLS may hold decrypted bytes that no poll reports: read until it would block.
  bool is_tls() const { return ssl_ != nullptr; }

 private:
  explicit ClientSocket(int descriptor) : descriptor_(descriptor) {}
  [[nodiscard]] Status start_tls(SSL_CTX* context, const std::string& host);
  [[nodiscard]] Result<std::string> exchange(std::string_view request, size_t answer_bytes);
  [[nodiscard]] Status authenticate_binary(const Login& login);

  int descriptor_;
  SSL* ssl_ = nullptr;
};

}  // namespace cachery::bench
