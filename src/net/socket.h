// TCP sockets before they have a loop: owning, listening, accepting, and the addresses that they
// have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace cachery::net {

class OwnedSocket {
 public:
  explicit OwnedSocket(int fd = -1) : fd_(fd) {}
  ~OwnedSocket();
  OwnedSocket(OwnedSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedSocket& operator=(OwnedSocket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

struct Listener {
  OwnedSocket socket;  // non-blocking
  uint16_t port = 0;   // the one chosen, where 0 was asked for
};

// One port on several addresses.
struct Listeners {
  std::vector<Listener> each = {};
  uint16_t port = 0;  // of all of them; 0: there is none
};

// The addresses of a host name; of an IPv4 or IPv6 address, also in brackets, itself. Fails
// (invalid) on a name that has none. May ask a name server.
[[nodiscard]] Result<std::vector<std::string>> addresses_of_host(const std::string& host);

// Whether the machine has the address, to listen on.
bool has_address(const std::string& address);

// `address`: an IPv4 or IPv6 address; "::" is every address of both, unless it is to be IPv6 alone.
// conflict: the port is in use.
enum class Families : uint8_t { both, ipv6_alone };
[[nodiscard]] Result<Listener> listen_tcp(const std::string& address, uint16_t port,
                                          Families families = Families::both);
// The same port on each; 0: one that is free on all of them.
[[nodiscard]] Result<Listeners> listen_on_all(const std::vector<std::string>& addresses,
                                              uint16_t port);

// A connection that waits, non-blocking, without delay for small writes, kept alive; -1: none, or
// `*is_exhausted`: the process or the system has no descriptor left.
int accept_connection(int listener, bool* is_exhausted);

// The peer's address as text, without its port; "?" where it cannot be told.
std::string peer_address(int socket);

}  // namespace cachery::net
