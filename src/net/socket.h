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

// Fails (invalid) on what is not an IPv4 or IPv6 address.
[[nodiscard]] Status check_address(const std::string& address);

// `address`: an IPv4 or IPv6 address. conflict: the port is in use.
[[nodiscard]] Result<Listener> listen_tcp(const std::string& address, uint16_t port);

// A connection that waits, non-blocking, without delay for small writes, kept alive; -1: none, or
// `*is_exhausted`: the process or the system has no descriptor left.
int accept_connection(int listener, bool* is_exhausted);

// The peer's address as text, without its port; "?" where it cannot be told.
std::string peer_address(int socket);

}  // namespace cachery::net
