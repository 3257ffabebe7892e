#include "net/socket.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
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

Result<Network> Network::parse(std::string_view text) {
  const auto is_wrong = [&] {
    return fail(
        Fault::invalid,
        fmt::format("\"{}\" is not a network: write for example 10.0.0.0/8 or ::1/128", text));
  };
  if (text.contains('\0')) return is_wrong();  // where inet_pton would stop reading
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network network;
  if (inet_pton(AF_INET, address.c_str(), network.bytes_) == 1) {
    network.prefix_bits_ = 32;
  } else if (inet_pton(AF_INET6, address.c_str(), network.bytes_) == 1) {
    network.is_ipv6_ = true;
    network.prefix_bits_ = 128;
  } else {
    return is_wrong();
  }
  if (slash == std::string_view::npos) return network;
  int bits = -1;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, status] = std::from_chars(digits.begin(), digits.end(), bits);
  if (status != std::errc() || end != digits.end() || bits < 0 || bits > network.prefix_bits_) {
    return is_wrong();
  }
  network.prefix_bits_ = bits;
  return network;
}

bool Network::contains(std::string_view address) const {
  unsigned char bytes[16] = {};
  const std::string text(address);
  if (inet_pton(is_ipv6_ ? AF_INET6 : AF_INET, text.c_str(), bytes) != 1) return false;
  const auto whole = static_cast<size_t>(prefix_bits_ / 8);
  if (std::memcmp(bytes, bytes_, whole) != 0) return false;
  const int rest = prefix_bits_ % 8;
  return rest == 0 || (bytes[whole] ^ bytes_[whole]) >> (8 - rest) == 0;
}

bool is_in_networks(std::string_view address, const std::vector<std::string>& networks) {
  for (const std::string& text : networks) {
    const auto network = Network::parse(text);
    if (network && network->contains(address)) return true;
  }
  return false;
}

}  // namespace cachery::net
