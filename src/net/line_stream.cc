#include "net/line_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace cachery::net {
namespace {

constexpr size_t kReadBytes = 65536;

struct AddressFree {
  void operator()(addrinfo* found) const { freeaddrinfo(found); }
};

struct HostPort {
  std::string host;
  std::string port;
};

Result<HostPort> split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size()) {
    return fail(Fault::invalid, fmt::format("{} is no HOST:PORT", address));
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return HostPort{std::move(host), address.substr(colon + 1)};
}

void set_time_out(int socket, std::chrono::milliseconds patience) {
  const timeval time{.tv_sec = patience.count() / 1000,
                     .tv_usec = (patience.count() % 1000) * 1000};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

}  // namespace

Result<LineStream> LineStream::connect(const std::string& address,
                                       std::chrono::milliseconds patience, const TlsContext& tls) {
  const Result<HostPort> parts = split(address);
  if (!parts) return std::unexpected(parts.error());
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (const int code = getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &first)) {
    return fail(Fault::unavailable, fmt::format("{}: {}", address, gai_strerror(code)));
  }
  const std::unique_ptr<addrinfo, AddressFree> found(first);
  int error = 0;
  for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
    OwnedSocket socket(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, 0));
    if (!socket) return fail(Fault::exhausted, fmt::format("no socket: {}", strerror(errno)));
    set_time_out(socket.fd(), patience);
    const int yes = 1;
    setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(socket.fd(), one->ai_addr, one->ai_addrlen) == 0) {
      LineStream stream(std::move(socket), address);
      const Status secured = tls ? stream.start_tls(tls, parts->host) : Status{};
      if (!secured) return std::unexpected(secured.error());
      return stream;
    }
    error = errno;
  }
  return fail(Fault::unavailable,
              fmt::format("cannot connect to {}: {}", address, strerror(error)));
}

LineStream LineStream::accepted(OwnedSocket socket) {
  const int flags = fcntl(socket.fd(), F_GETFL);
  fcntl(socket.fd(), F_SETFL, flags & ~O_NONBLOCK);
  std::string peer = peer_address(socket.fd());
  return LineStream(std::move(socket), std::move(peer));
}

Status LineStream::start_tls(const TlsContext& context, const std::string& host) {
  auto tls = TlsStream::connect(context, host);
  if (!tls) return std::unexpected(tls.error());
  tls_ = std::move(*tls);
  while (tls_->handshake() == TlsHandshake::in_progress) {
    if (const Status sent = send_ciphertext(); !sent) return sent;
    const Result<bool> came = receive_ciphertext();
    if (!came || !*came) {
      return fail(Fault::unavailable,
                  fmt::format("TLS with {} failed: {}", address_,
                              came ? "closed by peer (does it speak TLS?)" : came.error().detail));
    }
  }
  return send_ciphertext();
}

Status LineStream::send(std::string_view bytes) {
  if (!tls_) return send_plain(bytes);
  while (!bytes.empty()) {
    const auto taken = tls_->write(std::as_bytes(std::span(bytes)));
    if (!taken) return std::unexpected(taken.error());
    bytes.remove_prefix(*taken);
    if (const Status sent = send_ciphertext(); !sent) return sent;
  }
  return {};
}

Status LineStream::send_plain(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      return fail(Fault::unavailable, fmt::format("{}: {}", address_, strerror(errno)));
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Result<std::string_view> LineStream::read_line() {
  for (size_t searched = taken_;;) {
    const size_t end = input_.find('\n', searched);
    if (end != std::string::npos) {
      std::string_view line = std::string_view(input_).substr(taken_, end - taken_);
      taken_ = end + 1;
      if (line.ends_with('\r')) line.remove_suffix(1);
      return line;
    }
    if (input_.size() - taken_ > kLineBytesMax) {
      return fail(Fault::unavailable, fmt::format("{}: a line that does not end", address_));
    }
    if (const Status filled = fill(); !filled) return std::unexpected(filled.error());
    searched = taken_;
  }
}

Result<std::string_view> LineStream::read_bytes(size_t count) {
  while (input_.size() - taken_ < count) {
    if (const Status filled = fill(); !filled) return std::unexpected(filled.error());
  }
  const std::string_view bytes = std::string_view(input_).substr(taken_, count);
  taken_ += count;
  return bytes;
}

Result<size_t> LineStream::receive(std::span<char> into) {
  return tls_ ? receive_decrypted(into) : receive_plain(into);
}

Result<size_t> LineStream::receive_plain(std::span<char> into) {
  ssize_t count = 0;
  do {
    count = recv(socket_.fd(), into.data(), into.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count >= 0) return static_cast<size_t>(count);
  const bool is_late = errno == EAGAIN || errno == EWOULDBLOCK;
  return fail(Fault::unavailable,
              fmt::format("{}: {}", address_, is_late ? "no answer in time" : strerror(errno)));
}

Status LineStream::send_ciphertext() {
  const std::span<const std::byte> output = tls_->output();
  const Status sent = send_plain({reinterpret_cast<const char*>(output.data()), output.size()});
  if (sent) tls_->consume_output(output.size());
  return sent;
}

Result<bool> LineStream::receive_ciphertext() {
  char bytes[kReadBytes / 4];
  const Result<size_t> count = receive_plain(bytes);
  if (!count) return std::unexpected(count.error());
  if (*count == 0) return false;
  Status fed = tls_->feed(std::as_bytes(std::span(bytes, *count)));
  if (fed) fed = tls_->keep_input();
  if (!fed) return std::unexpected(fed.error());
  return true;
}

Result<size_t> LineStream::receive_decrypted(std::span<char> into) {
  for (;;) {
    const auto count = tls_->read(std::as_writable_bytes(into));
    if (!count) return std::unexpected(count.error());
    if (*count != 0 || tls_->is_peer_done()) return *count;
    // What the peer asked for by itself, as a change of keys.
    if (const Status sent = send_ciphertext(); !sent) return std::unexpected(sent.error());
    const Result<bool> came = receive_ciphertext();
    if (!came) return std::unexpected(came.error());
    if (!*came) return size_t{0};
  }
}

void LineStream::set_patience(std::chrono::milliseconds patience) const {
  set_time_out(socket_.fd(), patience);
}

void LineStream::end_sending() const { ::shutdown(socket_.fd(), SHUT_WR); }

void LineStream::shut_down() const { ::shutdown(socket_.fd(), SHUT_RDWR); }

Status LineStream::fill() {
  input_.erase(0, taken_);
  taken_ = 0;
  const size_t before = input_.size();
  input_.resize(before + kReadBytes);
  const Result<size_t> count = receive({input_.data() + before, kReadBytes});
  input_.resize(before + count.value_or(0));
  if (!count) return std::unexpected(count.error());
  if (*count == 0) return fail(Fault::unavailable, fmt::format("{}: closed by peer", address_));
  return {};
}

}  // namespace cachery::net
