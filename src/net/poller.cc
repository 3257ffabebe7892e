#include "net/poller.h"

#include <sys/socket.h>

#include <cerrno>

#include "base/log.h"

namespace cachery::net {

Result<std::unique_ptr<Poller>> open_poller(PollerKind kind, int wakeup) {
  if (kind == PollerKind::epoll) return open_epoll_poller(wakeup);
  auto uring = open_uring_poller(wakeup);
  if (uring || kind == PollerKind::io_uring) return uring;
  log::info("io_uring_unavailable", {{"reason", uring.error().detail}, {"instead", "epoll"}});
  return open_epoll_poller(wakeup);
}

ptrdiff_t send_now(int socket, std::string_view bytes) {
  const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return sent;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

}  // namespace cachery::net
