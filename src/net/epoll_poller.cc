#include <fmt/format.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "net/poller.h"

namespace cachery::net {
namespace {

constexpr size_t kEventsOfTurn = 256;

class EpollPoller final : public Poller {
 public:
  explicit EpollPoller(OwnedSocket epoll) : epoll_(std::move(epoll)) {}

  bool add_wakeup(int wakeup) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    return epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, wakeup, &event) == 0;
  }

  bool brings_bytes() const override { return false; }

  bool add(Connection& connection) override {
    connection.watched = Watch::input;
    epoll_event event = event_for(connection);
    return epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, connection.socket.fd(), &event) == 0;
  }

  void watch(Connection& connection, Watch what) override {
    if (connection.watched == what) return;
    const uint32_t before = event_for(connection).events;
    connection.watched = what;
    epoll_event event = event_for(connection);
    if (event.events == before) return;
    epoll_ctl(epoll_.fd(), EPOLL_CTL_MOD, connection.socket.fd(), &event);
  }

  bool remove(Connection&, PollerEvents&) override { return true; }  // closing it is enough

  ptrdiff_t send(Connection& connection, std::string_view bytes, PollerEvents&) override {
    return send_now(connection.socket.fd(), bytes);
  }

  void flush(Connection&, PollerEvents&) override {}
  void flush_all(PollerEvents&) override {}

  void wait(int timeout_ms, PollerEvents& events) override {
    std::array<epoll_event, kEventsOfTurn> ready;
    const int count =
        epoll_wait(epoll_.fd(), ready.data(), static_cast<int>(ready.size()), timeout_ms);
    events.on_turn();
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = ready[static_cast<size_t>(i)];
      auto* connection = static_cast<Connection*>(event.data.ptr);
      if (connection == nullptr) {
        events.on_wakeup();
      } else {
        tell(*connection, event.events, events);
      }
    }
  }

 private:
  static bool reads(const Connection& connection) {
    return connection.watched == Watch::input || connection.watched == Watch::bulk;
  }

  static epoll_event event_for(Connection& connection) {
    epoll_event event{};
    if (reads(connection)) event.events = EPOLLIN;
    if (connection.watched == Watch::output) event.events = EPOLLOUT;
    event.data.ptr = &connection;
    return event;
  }

  // A connection that dies in one of the calls is not freed before the wait has returned.
  static void tell(Connection& connection, uint32_t ready, PollerEvents& events) {
    const bool is_broken = (ready & (EPOLLERR | EPOLLHUP)) != 0;
    if (!connection.is_dead && (ready & EPOLLOUT) != 0) events.on_writable(connection);
    if (connection.is_dead) return;
    if (reads(connection) && (ready & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
      events.on_readable(connection);
    } else if (is_broken) {
      events.on_broken(connection);
    }
  }

  OwnedSocket epoll_;
};

}  // namespace

Result<std::unique_ptr<Poller>> open_epoll_poller(int wakeup) {
  auto poller = std::make_unique<EpollPoller>(OwnedSocket(epoll_create1(EPOLL_CLOEXEC)));
  if (poller->add_wakeup(wakeup)) return poller;
  return fail(Fault::exhausted, fmt::format("cannot make an event loop: {}", std::strerror(errno)));
}

}  // namespace cachery::net
