#include "tcp.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace cachery::conversation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{5000};

class TcpConnection : public Connection {
 public:
  explicit TcpConnection(int socket) : socket_(socket) {}
  ~TcpConnection() override { ::close(socket_); }
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  // Reads while it writes: a server that answers a long pipeline stops reading it when its answers
  // are not taken.
  void send(std::string_view bytes) override {
    while (!bytes.empty() && !is_closed_) {
      pollfd ready{socket_, POLLIN | POLLOUT, 0};
      if (::poll(&ready, 1, static_cast<int>(kPatience.count())) <= 0) return;
      if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0) read_once();
      if ((ready.revents & POLLOUT) == 0) continue;
      const ssize_t sent =
          ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return;
    }
  }

  std::string receive(milliseconds patience) override {
    pollfd ready{socket_, POLLIN, 0};
    const int wait = early_.empty() ? static_cast<int>(patience.count()) : 0;
    if (!is_closed_ && ::poll(&ready, 1, wait) > 0) read_once();
    return std::exchange(early_, {});
  }

  bool is_closed() const override { return is_closed_ && early_.empty(); }

 private:
  void read_once() {
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) early_.append(buffer.data(), static_cast<std::size_t>(count));
    const bool again = count < 0 && (errno == EAGAIN || errno == EINTR);
    if (count <= 0 && !again) is_closed_ = true;
  }

  int socket_;
  std::string early_;  // received and not yet handed out
  bool is_closed_ = false;
};

}  // namespace

Result<std::unique_ptr<Connection>> connect_tcp(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return fail(Fault::exhausted, "no socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(socket);
    return fail(Fault::unavailable, fmt::format("nobody listens on 127.0.0.1:{}", port));
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return std::make_unique<TcpConnection>(socket);
}

Status ask_tcp(int port, std::string_view request, std::string_view answer) {
  Result<std::unique_ptr<Connection>> connection = connect_tcp(port);
  if (!connection) return std::unexpected(connection.error());
  (*connection)->send(request);
  std::string received;
  while (received.size() < answer.size()) {
    const std::string bytes = (*connection)->receive(kPatience);
    if (bytes.empty()) break;
    received += bytes;
  }
  if (received == answer) return {};
  return fail(Fault::unavailable, fmt::format("asked {}, got {}", escaped(request),
                                              escaped(received)));
}

}  // namespace cachery::conversation
