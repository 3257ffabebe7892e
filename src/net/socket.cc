#include "net/socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cachery::net {
namespace {

constexpr int kBacklog = 4096;

struct Address {
  sockaddr_storage storage{};
  socklen_t bytes = 0;
};

Result<Address> parse_address(const std::string& text, uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.bytes = sizeof(sockaddr_in);
    return address;
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.bytes = sizeof(sockaddr_in6);
    return address;
  }
  return fail(Fault::invalid,
              fmt::format("\"{}\" is not an IP address to listen on: write for example 127.0.0.1, "
                          "0.0.0.0 or ::",
                          text));
}

std::unexpected<Error> listen_failed(const std::string& address, uint16_t port) {
  const int reason = errno;
  if (reason == EADDRINUSE) {
    return fail(Fault::conflict,
                fmt::format("port {} of {} is in use: stop what listens there or choose another",
                            port, address));
  }
  return fail(reason == EACCES ? Fault::forbidden : Fault::unavailable,
              fmt::format("cannot listen on {} port {}: {}", address, port, std::strerror(reason)));
}

void set_option(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);  // none of them is worth failing for
}

uint16_t bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t bytes = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &bytes) != 0) return 0;
  return ntohs(storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

}  // namespace

OwnedSocket::~OwnedSocket() {
  if (fd_ >= 0) close(fd_);
}

Status check_address(const std::string& address) {
  if (const auto parsed = parse_address(address, 0); !parsed) {
    return std::unexpected(parsed.error());
  }
  return {};
}

Result<Listener> listen_tcp(const std::string& address, uint16_t port) {
  const auto parsed = parse_address(address, port);
  if (!parsed) return std::unexpected(parsed.error());
  OwnedSocket owned(
      socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!owned) return listen_failed(address, port);
  set_option(owned.fd(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (parsed->storage.ss_family == AF_INET6) {
    set_option(owned.fd(), IPPROTO_IPV6, IPV6_V6ONLY, address == "::" ? 0 : 1);
  }
  if (bind(owned.fd(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->bytes) != 0 ||
      listen(owned.fd(), kBacklog) != 0) {
    return listen_failed(address, port);
  }
  const uint16_t chosen = bound_port(owned.fd());
  return Listener{std::move(owned), chosen};
}

int accept_connection(int listener, bool* is_exhausted) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  *is_exhausted =
      fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM);
  if (fd < 0) return -1;
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 20);
  return fd;
}

std::string peer_address(int socket_fd) {
  sockaddr_storage storage{};
  socklen_t bytes = sizeof storage;
  if (getpeername(socket_fd, reinterpret_cast<sockaddr*>(&storage), &bytes) != 0) return "?";
  char text[INET6_ADDRSTRLEN] = "?";
  if (storage.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&storage)->sin_addr, text, sizeof text);
    return text;
  }
  const auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
    inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
  }
  return text;
}

}  // namespace cachery::net
