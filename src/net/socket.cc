#include "net/socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cachery::net {
namespace {

constexpr int kBacklog = 4096;
// A free port of one address may be taken on another.
constexpr int kFreePortTries = 16;

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

std::string text_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return text;
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, v6.sin6_addr.s6_addr + 12, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  }
  return text;
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

Result<std::vector<std::string>> addresses_of_host(const std::string& host) {
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  const std::string name = has_brackets ? host.substr(1, host.size() - 2) : host;
  if (parse_address(name, 0)) return std::vector{name};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure =
      name.empty() ? EAI_NONAME : getaddrinfo(name.c_str(), nullptr, &hints, &found);
  std::vector<std::string> addresses;
  for (const addrinfo* at = found; failure == 0 && at != nullptr; at = at->ai_next) {
    const std::string address = text_of(*at->ai_addr);
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  if (found != nullptr) freeaddrinfo(found);
  if (!addresses.empty()) return addresses;
  return fail(
      Fault::invalid,
      fmt::format("\"{}\" is no address and no host name of an address to listen on{}{}: "
                  "write for example 127.0.0.1, ::1, localhost, 0.0.0.0 or ::",
                  host, failure == 0 ? "" : ": ", failure == 0 ? "" : gai_strerror(failure)));
}

bool has_address(const std::string& address) {
  const auto parsed = parse_address(address, 0);
  if (!parsed) return false;
  const OwnedSocket owned(socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return owned &&
         bind(owned.fd(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->bytes) == 0;
}

Result<Listener> listen_tcp(const std::string& address, uint16_t port, Families families) {
  const auto parsed = parse_address(address, port);
  if (!parsed) return std::unexpected(parsed.error());
  OwnedSocket owned(
      socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!owned) return listen_failed(address, port);
  set_option(owned.fd(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (parsed->storage.ss_family == AF_INET6) {
    const bool are_both = address == "::" && families == Families::both;
    set_option(owned.fd(), IPPROTO_IPV6, IPV6_V6ONLY, are_both ? 0 : 1);
  }
  if (bind(owned.fd(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->bytes) != 0 ||
      listen(owned.fd(), kBacklog) != 0) {
    return listen_failed(address, port);
  }
  const uint16_t chosen = bound_port(owned.fd());
  return Listener{std::move(owned), chosen};
}

Result<Listeners> listen_on_all(const std::vector<std::string>& addresses, uint16_t port) {
  const auto is_ipv4 = [](const std::string& address) { return !address.contains(':'); };
  const auto families =
      std::ranges::any_of(addresses, is_ipv4) ? Families::ipv6_alone : Families::both;
  for (int tries = port == 0 ? kFreePortTries : 1;; --tries) {
    Listeners listeners{.each = {}, .port = port};
    Status done;
    for (const std::string& address : addresses) {
      auto listener = listen_tcp(address, listeners.port, families);
      if (!listener) {
        done = std::unexpected(listener.error());
        break;
      }
      listeners.port = listener->port;
      listeners.each.push_back(std::move(*listener));
    }
    if (done) return listeners;
    if (tries <= 1 || done.error().fault != Fault::conflict) return std::unexpected(done.error());
  }
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
  return text_of(reinterpret_cast<const sockaddr&>(storage));
}

}  // namespace cachery::net
