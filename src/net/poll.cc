#include "net/poll.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace cachery::net {

std::vector<bool> poll_readable(const std::vector<int>& sockets, int timeout_ms) {
  std::vector<pollfd> polled;
  for (const int socket : sockets) polled.push_back({.fd = socket, .events = POLLIN, .revents = 0});
  poll(polled.data(), polled.size(), timeout_ms);
  std::vector<bool> ready;
  for (const pollfd& one : polled) ready.push_back(one.revents != 0);
  return ready;
}

OwnedSocket make_wakeup() { return OwnedSocket(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

void wake(int wakeup) {
  const uint64_t one = 1;
  // Only a full counter can fail, and then it is readable anyway.
  [[maybe_unused]] const ssize_t written = write(wakeup, &one, sizeof one);
}

void clear_wakeup(int wakeup) {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(wakeup, &count, sizeof count);
}

void send_once(int socket, std::string_view bytes) {
  [[maybe_unused]] const ssize_t sent =
      send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace cachery::net
