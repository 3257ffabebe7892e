// What the TLS tests share: a temporary directory, clients' contexts, a pump between two streams in
// memory, and loopback sockets. For *_test.cc only.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "net/certificate_authority.h"
#include "net/certificate_store.h"
#include "net/tls_stream.h"

namespace cachery::net::test {

class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cachery-tls-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempDirectory() { std::filesystem::remove_all(path_); }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// The real time: OpenSSL's verification reads the system's clock.
inline Now present() { return {.unix_seconds = std::time(nullptr), .steady_ns = 0}; }

inline Now days_from(Now now, int64_t days) {
  return {.unix_seconds = now.unix_seconds + days * kDaySeconds, .steady_ns = now.steady_ns};
}

inline std::unique_ptr<CertificateStore> open_store(TlsSettings settings, Now now = present()) {
  auto store = CertificateStore::open(std::move(settings), now);
  EXPECT_TRUE(store) << store.error().detail;
  return store ? std::move(*store) : nullptr;
}

inline TlsContext client_context(const std::filesystem::path& ca) {
  TlsContext context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  EXPECT_EQ(SSL_CTX_load_verify_file(context.get(), ca.c_str()), 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  return context;
}

inline void only_version(const TlsContext& context, int version) {
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
}

inline void give_certificate(const TlsContext& context, const IssuedCertificate& issued) {
  OwnedBio certificate(BIO_new_mem_buf(issued.certificate_pem.data(), -1));
  OwnedCertificate read(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
  OwnedBio key(BIO_new_mem_buf(issued.key_pem.data(), -1));
  OwnedKey read_key(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
  EXPECT_EQ(SSL_CTX_use_certificate(context.get(), read.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context.get(), read_key.get()), 1);
}

inline std::unique_ptr<TlsStream> accept_stream(const TlsContext& context) {
  Result<std::unique_ptr<TlsStream>> stream = TlsStream::accept(context);
  EXPECT_TRUE(stream) << stream.error().detail;
  return stream ? std::move(*stream) : nullptr;
}

inline std::unique_ptr<TlsStream> connect_stream(const TlsContext& context,
                                                 const std::string& host = "localhost") {
  Result<std::unique_ptr<TlsStream>> stream = TlsStream::connect(context, host);
  EXPECT_TRUE(stream) << stream.error().detail;
  return stream ? std::move(*stream) : nullptr;
}

// Everything that `from` has to send, given to `to`.
inline Status pass(TlsStream& from, TlsStream& to) {
  std::vector<std::byte> bytes;
  from.swap_output(bytes);
  Status fed = to.feed(bytes);
  return fed ? to.keep_input() : fed;
}

struct Verdict {
  Status client;
  Status server;
  bool is_good() const { return client.has_value() && server.has_value(); }
};

// Runs both ends until nothing is left to say. A client's certificate is judged by the server only
// after a TLS 1.3 client has finished, so the verdict is that of both, and the client reads once.
inline Verdict shake_hands(TlsStream& client, TlsStream& server) {
  Verdict verdict;
  while (!client.output().empty() || !server.output().empty()) {
    Status at_server = pass(client, server);
    Status at_client = pass(server, client);
    std::byte room{};
    Result<size_t> got = client.read(std::span(&room, 1));
    if (at_client && !got) at_client = std::unexpected(got.error());
    if (!at_server) verdict.server = at_server;
    if (!at_client) verdict.client = at_client;
  }
  if (verdict.is_good() && client.handshake() != TlsHandshake::done) {
    verdict.client = fail(Fault::internal, "the handshake stands still");
  }
  return verdict;
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string read_plaintext(TlsStream& stream) {
  std::string text;
  std::byte buffer[4096];
  for (;;) {
    Result<size_t> got = stream.read(buffer);
    EXPECT_TRUE(got) << got.error().detail;
    if (!got || *got == 0) return text;
    text.append(reinterpret_cast<const char*>(buffer), *got);
  }
}

// Sends a line each way.
inline void expect_conversation(TlsStream& client, TlsStream& server) {
  EXPECT_EQ(client.write(bytes_of("get a\r\n")).value_or(0), 7u);
  EXPECT_TRUE(pass(client, server));
  EXPECT_EQ(read_plaintext(server), "get a\r\n");
  EXPECT_EQ(server.write(bytes_of("END\r\n")).value_or(0), 5u);
  EXPECT_TRUE(pass(server, client));
  EXPECT_EQ(read_plaintext(client), "END\r\n");
}

// ---- sockets

// Waits for what other threads do. The bound is for a test that fails, not a claim about time.
inline bool eventually(const std::function<bool()>& is_true) {
  for (int i = 0; i < 12'000; ++i) {
    if (is_true()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

struct SocketPair {
  int client = -1;
  int server = -1;
};

// Listens on a free port of the loopback; connects and accepts on demand.
class Loopback {
 public:
  Loopback() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, generic(), sizeof(address_)), 0);
    EXPECT_EQ(::listen(listener_, 128), 0);
    socklen_t bytes = sizeof(address_);
    EXPECT_EQ(::getsockname(listener_, generic(), &bytes), 0);
  }
  ~Loopback() { ::close(listener_); }
  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  // The client's end blocks (not for ever: a lost byte shall fail a test, not hang it), the
  // server's does not. Who knows the port's last owner may come as well, and is sent away.
  SocketPair connect() {
    SocketPair pair;
    pair.client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(pair.client, generic(), sizeof(address_)), 0);
    sockaddr_in own{};
    socklen_t bytes = sizeof(own);
    EXPECT_EQ(::getsockname(pair.client, reinterpret_cast<sockaddr*>(&own), &bytes), 0);
    while ((pair.server = accept_from(own.sin_port)) == kStranger) continue;
    EXPECT_GE(pair.server, 0);
    return pair;
  }

 private:
  static constexpr int kStranger = -2;

  int accept_from(in_port_t port) {
    sockaddr_in peer{};
    socklen_t bytes = sizeof(peer);
    const int socket = ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &bytes,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0 || peer.sin_port == port) return socket;
    ::close(socket);
    return kStranger;
  }

  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&address_); }

  int listener_;
  sockaddr_in address_{};
};

// OpenSSL's own client on a blocking socket, as an application has it. Closes the socket.
class SocketClient {
 public:
  SocketClient(int socket, const TlsContext& context) : socket_(socket) {
    ssl_.reset(SSL_new(context.get()));
    SSL_set_fd(ssl_.get(), socket_);
    SSL_set_tlsext_host_name(ssl_.get(), "localhost");
    SSL_set1_host(ssl_.get(), "localhost");
  }
  ~SocketClient() { ::close(socket_); }
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  // Empty, or why it failed.
  std::string shake_hands() { return SSL_connect(ssl_.get()) == 1 ? "" : drain_openssl_errors(); }
  bool write(std::string_view text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0;
  }
  // What one read gives; empty at the end or on an error, which error() then has.
  std::string read() {
    char buffer[512];
    int got = SSL_read(ssl_.get(), buffer, sizeof(buffer));
    if (got <= 0) error_ = drain_openssl_errors();
    return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : "";
  }
  const std::string& error() const { return error_; }
  SSL* ssl() { return ssl_.get(); }

 private:
  int socket_;
  OwnedSsl ssl_;
  std::string error_;
};

}  // namespace cachery::net::test
