#include "bench/client_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/tls_client.h"

namespace cachery::bench {
namespace {

constexpr int kAnswerSecondsMax = 10;
constexpr size_t kBinaryHeaderBytes = 24;
constexpr size_t kTlsReceiveBytes = 16 * 1024;

// With a deadline on the socket a signal, or a machine that was paused, ends the call while the
// connection goes on being made. 0, or why it was not.
int finish_connecting(int descriptor) {
  pollfd made{.fd = descriptor, .events = POLLOUT, .revents = 0};
  int ready = 0;
  do {
    ready = poll(&made, 1, kAnswerSecondsMax * 1000);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return ready == 0 ? ETIMEDOUT : errno;
  int error = 0;
  socklen_t bytes = sizeof error;
  getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &bytes);
  return error;
}

Result<int> connect_one(const addrinfo& address) {
  const int descriptor = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return fail(Fault::exhausted, std::strerror(errno));
  const timeval deadline{.tv_sec = kAnswerSecondsMax, .tv_usec = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int error = connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINTR) error = finish_connecting(descriptor);
  if (error == 0) return descriptor;
  close(descriptor);
  return fail(Fault::unavailable, std::strerror(error));
}

Result<int> connect_any(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &hints, &found);
  if (code != 0) {
    return fail(Fault::invalid, "cannot resolve " + endpoint.host + ": " + gai_strerror(code));
  }
  Result<int> descriptor = fail(Fault::unavailable, "no address");
  for (addrinfo* one = found; one != nullptr && !descriptor; one = one->ai_next) {
    descriptor = connect_one(*one);
  }
  freeaddrinfo(found);
  if (!descriptor) {
    return fail(descriptor.error().fault, "cannot connect to " + endpoint.host + ":" +
                                              endpoint.port + ": " + descriptor.error().detail);
  }
  return descriptor;
}

}  // namespace

Result<net::TlsContext> make_tls_context(const std::string& ca_path) {
  return net::make_client_context({.ca_path = ca_path, .verifies = !ca_path.empty()});
}

Result<ClientSocket> ClientSocket::open(const Endpoint& endpoint, const net::TlsContext& context) {
  const Result<int> descriptor = connect_any(endpoint);
  if (!descriptor) return std::unexpected(descriptor.error());
  ClientSocket socket(*descriptor);
  if (context != nullptr) {
    if (Status status = socket.start_tls(context, endpoint.host); !status) {
      return std::unexpected(status.error());
    }
  }
  return socket;
}

ClientSocket::ClientSocket(ClientSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)) {}

ClientSocket::~ClientSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Status ClientSocket::start_tls(const net::TlsContext& context, const std::string& host) {
  Result<std::unique_ptr<net::TlsStream>> stream = net::TlsStream::connect(context, host);
  if (!stream) return std::unexpected(stream.error());
  tls_ = std::move(*stream);
  const std::string what = "TLS handshake with " + host + " failed: ";
  while (tls_->handshake() == net::TlsHandshake::in_progress) {
    if (!flush_tls()) return fail(Fault::unavailable, what + "the server takes nothing");
    std::array<char, kTlsReceiveBytes> part{};
    const Transfer got = receive(part);
    if (got.io != Io::done) return fail(Fault::unavailable, what + "the server says nothing");
    Status fed = tls_->feed(std::as_bytes(std::span(part).first(got.bytes)));
    if (fed) fed = tls_->keep_input();
    if (!fed) return fail(Fault::unavailable, what + fed.error().detail);
  }
  if (!flush_tls()) return fail(Fault::unavailable, what + "the server takes nothing");
  return {};
}

Result<std::string> ClientSocket::exchange(std::string_view request, size_t answer_bytes) {
  while (!request.empty()) {
    const Transfer transfer = write(request);
    if (transfer.io != Io::done) return fail(Fault::unavailable, "the server takes no request");
    request.remove_prefix(transfer.bytes);
  }
  std::string answer;
  while (answer_bytes > 0 ? answer.size() < answer_bytes : !answer.ends_with('\n')) {
    std::array<char, 256> part{};
    const size_t wanted = answer_bytes > 0 ? answer_bytes - answer.size() : 1;
    const Transfer transfer = read(part.data(), std::min(part.size(), wanted));
    if (transfer.io == Io::closed) {
      return fail(Fault::unavailable, "the server closed the connection");
    }
    if (transfer.io == Io::would_block) return fail(Fault::unavailable, "the server is silent");
    answer.append(part.data(), transfer.bytes);
  }
  return answer;
}

Status ClientSocket::authenticate(const Login& login, Protocol protocol) {
  if (login.username.empty()) return {};
  if (protocol == Protocol::binary) return authenticate_binary(login);
  const Result<std::string> answer =
      exchange("set " + login.username + " 0 0 " + std::to_string(login.password.size()) + "\r\n" +
                   login.password + "\r\n",
               0);
  if (!answer) return std::unexpected(answer.error());
  if (*answer == "STORED\r\n") return {};
  return fail(Fault::unauthorized, "authentication as " + login.username + ": " + *answer);
}

// SASL PLAIN: "\0username\0password" under the opcode SASL AUTH.
Status ClientSocket::authenticate_binary(const Login& login) {
  using std::string_literals::operator""s;
  const std::string plain = "\0"s + login.username + "\0"s + login.password;
  std::string request(kBinaryHeaderBytes, '\0');
  request[0] = static_cast<char>(0x80);
  request[1] = 0x21;
  request[3] = 5;
  request[10] = static_cast<char>((plain.size() + 5) >> 8);
  request[11] = static_cast<char>((plain.size() + 5) & 255);
  const Result<std::string> header = exchange(request + "PLAIN" + plain, kBinaryHeaderBytes);
  if (!header) return std::unexpected(header.error());
  const auto at = [&](size_t i) { return static_cast<unsigned char>((*header)[i]); };
  const size_t body_bytes = size_t{at(10)} << 8 | at(11);
  if (body_bytes > 0) {
    if (Result<std::string> body = exchange("", body_bytes); !body) {
      return std::unexpected(body.error());
    }
  }
  if (at(6) == 0 && at(7) == 0) return {};
  return fail(Fault::unauthorized, "authentication as " + login.username + " was refused");
}

void ClientSocket::set_nonblocking() {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

ClientSocket::Transfer ClientSocket::receive(std::span<char> out) {
  ssize_t bytes = 0;
  do {
    bytes = recv(descriptor_, out.data(), out.size(), 0);
  } while (bytes < 0 && errno == EINTR);
  if (bytes > 0) return {Io::done, static_cast<size_t>(bytes)};
  return {bytes < 0 && errno == EAGAIN ? Io::would_block : Io::closed, 0};
}

ClientSocket::Transfer ClientSocket::send(std::string_view bytes) {
  ssize_t sent = 0;
  do {
    sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {Io::done, static_cast<size_t>(sent)};
  return {errno == EAGAIN ? Io::would_block : Io::closed, 0};
}

ClientSocket::Transfer ClientSocket::read(char* out, size_t capacity) {
  if (!tls_) return receive({out, capacity});
  for (;;) {
    const Transfer unsealed = unseal({out, capacity});
    if (unsealed.io != Io::would_block) return unsealed;
    std::array<char, kTlsReceiveBytes> part{};
    const Transfer got = receive(part);
    if (got.io != Io::done) return got;
    if (!give(std::span(part).first(got.bytes)) || !tls_->keep_input()) return {Io::closed, 0};
  }
}

ClientSocket::Transfer ClientSocket::write(std::string_view bytes) {
  if (!tls_) return send(bytes);
  const Result<size_t> taken = tls_->write(std::as_bytes(std::span(bytes)));
  if (!taken || !flush_tls()) return {Io::closed, 0};
  return {Io::done, *taken};
}

bool ClientSocket::flush_tls() {
  while (!tls_->output().empty()) {
    const std::span<const std::byte> output = tls_->output();
    const Transfer sent = send({reinterpret_cast<const char*>(output.data()), output.size()});
    if (sent.io != Io::done) return false;
    tls_->consume_output(sent.bytes);
  }
  return true;
}

std::optional<std::string_view> ClientSocket::seal(std::string_view bytes,
                                                   std::vector<std::byte>& room) {
  if (!tls_) return bytes;
  room.clear();
  tls_->swap_output(room);  // lends its memory
  while (!bytes.empty()) {
    const Result<size_t> taken = tls_->write(std::as_bytes(std::span(bytes)));
    if (!taken || *taken == 0) return std::nullopt;
    bytes.remove_prefix(*taken);
    tls_->swap_output(room);
  }
  return std::string_view(reinterpret_cast<const char*>(room.data()), room.size());
}

bool ClientSocket::give(std::span<const char> received) {
  return tls_->feed(std::as_bytes(received)).has_value();
}

ClientSocket::Transfer ClientSocket::unseal(std::span<char> out) {
  const Result<size_t> bytes = tls_->read(std::as_writable_bytes(out));
  if (bytes && *bytes > 0) return {Io::done, *bytes};
  return {bytes && !tls_->is_peer_done() ? Io::would_block : Io::closed, 0};
}

}  // namespace cachery::bench
