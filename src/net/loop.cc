#include "net/loop.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/limits.h"

namespace cachery::net {
namespace {

constexpr size_t kEventsOfTurn = 256;
constexpr size_t kPlainBytes = 64u << 10;

std::span<const std::byte> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

bool is_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Result<std::unique_ptr<Loop>> Loop::open(const Clock& clock) {
  std::unique_ptr<Loop> loop(new Loop(clock));
  loop->epoll_ = OwnedSocket(epoll_create1(EPOLL_CLOEXEC));
  loop->wakeup_ = OwnedSocket(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (!loop->epoll_ || !loop->wakeup_ ||
      epoll_ctl(loop->epoll_.fd(), EPOLL_CTL_ADD, loop->wakeup_.fd(), &event) != 0) {
    return fail(Fault::exhausted,
                fmt::format("cannot make an event loop: {}", std::strerror(errno)));
  }
  loop->read_buffer_.reset(new char[limits::kReadBytes]);
  return loop;
}

Loop::~Loop() = default;

void Loop::run(std::function<void(const Now&)> on_second) {
  on_second_ = std::move(on_second);
  while (!is_stopping_.load(std::memory_order_acquire)) turn();
  for (const auto& connection : connections_) finish(*connection);
  dead_.clear();
  connections_.clear();
}

void Loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(tasks_mutex_);
    tasks_.push_back(std::move(task));
  }
  const uint64_t one = 1;
  // Only a full counter can fail, and then the loop wakes up anyway.
  [[maybe_unused]] const ssize_t written = write(wakeup_.fd(), &one, sizeof one);
}

void Loop::stop() {
  post([this] { is_stopping_.store(true, std::memory_order_release); });
}

void Loop::turn() {
  std::array<epoll_event, kEventsOfTurn> events;
  const int count =
      epoll_wait(epoll_.fd(), events.data(), static_cast<int>(events.size()), timeout_ms());
  now_ = clock_.now();
  for (int i = 0; i < count; ++i) {
    auto* connection = static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr);
    if (connection == nullptr) {
      run_tasks();
    } else if (!connection->is_dead) {
      on_event(*connection, events[static_cast<size_t>(i)].events);
    }
  }
  resume_waiting();
  if (now_.unix_seconds != last_second_ && !connections_.empty()) {
    last_second_ = now_.unix_seconds;
    if (on_second_) on_second_(now_);
  }
  dead_.clear();
}

// A loop without connections sleeps until somebody posts.
int Loop::timeout_ms() const {
  if (connections_.empty()) return -1;
  uint64_t earliest = UINT64_MAX;
  for (const Connection* connection : waiting_) {
    earliest = std::min(earliest, connection->wait_until_ns);
  }
  if (earliest == UINT64_MAX) return 1000;
  const uint64_t now_ns = clock_.now().steady_ns;
  if (earliest <= now_ns) return 0;
  return static_cast<int>(std::min<uint64_t>((earliest - now_ns) / 1'000'000 + 1, 1000));
}

void Loop::run_tasks() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(wakeup_.fd(), &count, sizeof count);
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(tasks_mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

void Loop::resume_waiting() {
  if (waiting_.empty()) return;
  std::vector<Connection*> due;
  std::erase_if(waiting_, [&](Connection* connection) {
    const bool is_due = connection->is_dead || connection->wait_until_ns <= now_.steady_ns;
    if (is_due && !connection->is_dead) due.push_back(connection);
    return is_due;
  });
  for (Connection* connection : due) {
    if (connection->is_dead) continue;
    connection->wait_until_ns = 0;
    process_kept(*connection);
    if (!connection->is_dead) watch(*connection);
  }
}

Connection& Loop::add(OwnedSocket socket, std::unique_ptr<Handler> handler,
                      std::unique_ptr<TlsStream> tls) {
  connections_.push_back(std::make_unique<Connection>());
  Connection& connection = *connections_.back();
  connection.socket = std::move(socket);
  connection.handler = std::move(handler);
  connection.tls = std::move(tls);
  connection.slot = static_cast<uint32_t>(connections_.size() - 1);
  connection.opened_ns = connection.active_ns = now_.steady_ns;
  epoll_event event{};
  event.events = connection.watched = EPOLLIN;
  event.data.ptr = &connection;
  if (epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, connection.socket.fd(), &event) != 0) {
    close(connection);
  } else if (connection.tls) {
    decrypt(connection);
    if (!connection.is_dead) watch(connection);
  }
  return connection;
}

void Loop::close(Connection& connection) {
  if (connection.is_dead) return;
  finish(connection);
  const uint32_t slot = connection.slot;
  std::swap(connections_[slot], connections_.back());
  connections_[slot]->slot = slot;
  dead_.push_back(std::move(connections_.back()));
  connections_.pop_back();
  if (connection.wait_until_ns != 0) std::erase(waiting_, &connection);
}

void Loop::finish(Connection& connection) {
  connection.is_dead = true;
  if (connection.tls) {
    connection.tls->close();
    const auto last = connection.tls->output();
    send(connection.socket.fd(), last.data(), last.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  connection.socket = OwnedSocket();
}

void Loop::drain() {
  is_draining_ = true;
  std::vector<Connection*> idle;
  for (const auto& connection : connections_) {
    connection->is_closing = true;
    if (!is_stalled(*connection)) idle.push_back(connection.get());
  }
  for (Connection* connection : idle) {
    on_readable(*connection);  // what was sent before the end is still answered
    if (!connection->is_dead && !is_stalled(*connection)) close(*connection);
  }
}

void Loop::on_event(Connection& connection, uint32_t events) {
  if ((events & EPOLLOUT) != 0 || ((events & (EPOLLERR | EPOLLHUP)) != 0)) {
    send_kept(connection);
    if (!connection.is_dead && !is_stalled(connection)) {
      if (connection.is_closing) return close(connection);
      process_kept(connection);
    }
  }
  if (connection.is_dead) return;
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 && !is_stalled(connection)) {
    on_readable(connection);
  } else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    return close(connection);  // nobody is there to read what waits
  }
  if (!connection.is_dead) watch(connection);
}

void Loop::on_readable(Connection& connection) {
  connection.active_ns = now_.steady_ns;
  if (connection.tls) {
    read_tls(connection);
  } else {
    read_plain(connection);
  }
}

void Loop::read_plain(Connection& connection) {
  const bool are_kept = !connection.input.empty();
  std::span<char> room(read_buffer_.get(), limits::kReadBytes);
  if (are_kept) {
    const size_t held = connection.input.size();
    const size_t missing = connection.bytes_wanted > held ? connection.bytes_wanted - held : 1;
    // At most twice what has arrived, so that an announced length alone costs no memory.
    room = connection.input.reserve(
        std::min(std::max(missing, size_t{2048}), std::max(held, size_t{16} << 10)));
  }
  const ssize_t got = recv(connection.socket.fd(), room.data(), room.size(), 0);
  if (got <= 0) {
    if (got < 0 && is_again()) return;
    return close(connection);
  }
  if (!are_kept) return process(connection, room.first(static_cast<size_t>(got)), false);
  connection.input.commit(static_cast<size_t>(got));
  if (connection.input.size() >= connection.bytes_wanted) process_kept(connection);
}

void Loop::read_tls(Connection& connection) {
  const ssize_t got =
      recv(connection.socket.fd(), read_buffer_.get(), limits::kReadBytes, 0);
  if (got <= 0) {
    if (got < 0 && is_again()) return;
    return close(connection);
  }
  const std::string_view received(read_buffer_.get(), static_cast<size_t>(got));
  if (!connection.tls->feed(as_bytes(received))) return close(connection);
  decrypt(connection);
}

// Plaintext of what was fed, until the handler waits or there is no more.
void Loop::decrypt(Connection& connection) {
  if (!plain_buffer_) plain_buffer_.reset(new char[kPlainBytes]);
  while (!is_stalled(connection)) {
    const bool are_kept = !connection.input.empty();
    std::span<char> room(plain_buffer_.get(), kPlainBytes);
    if (are_kept) room = connection.input.reserve(16u << 10);
    const auto got = connection.tls->read(std::as_writable_bytes(room));
    if (!got || (*got == 0 && connection.tls->is_peer_done())) return close(connection);
    if (*got == 0) break;
    if (are_kept) {
      connection.input.commit(*got);
      if (connection.input.size() >= connection.bytes_wanted) process_kept(connection);
    } else {
      process(connection, room.first(*got), false);
    }
  }
  if (connection.is_dead) return;
  if (!connection.tls->keep_input()) return close(connection);
  send_tls(connection);
}

void Loop::process_kept(Connection& connection) {
  if (!connection.input.empty()) {
    process(connection, connection.input.bytes(), true);
  } else if (connection.tls) {
    decrypt(connection);
  }
}

void Loop::process(Connection& connection, std::span<char> bytes, bool are_kept) {
  size_t used = 0;
  Next next = Next::go_on;
  do {
    const InputResult result = connection.handler->on_input(bytes.subspan(used), now_);
    used += result.consumed;
    next = result.next;
    connection.bytes_wanted = static_cast<uint32_t>(result.bytes_wanted);
    send_output(connection);
    if (connection.is_dead) return;
    if (next == Next::wait) {
      connection.wait_until_ns = result.wait_until_ns;
      waiting_.push_back(&connection);
    }
  } while (next == Next::output_full && connection.output.empty());
  if (next == Next::close) {
    connection.is_closing = true;
    connection.input.clear();
    if (!is_stalled(connection)) close(connection);
    return;
  }
  if (are_kept) {
    connection.input.consume(used);
  } else if (used < bytes.size()) {
    connection.input.append({bytes.data() + used, bytes.size() - used});
  }
}

// One send for all that a turn composed; what the peer is too slow for is kept.
void Loop::send_output(Connection& connection) {
  const std::string_view composed = connection.handler->output();
  if (composed.empty()) return;
  size_t sent = 0;
  if (connection.output.empty()) sent = send_some(connection, composed);
  if (!connection.is_dead && sent < composed.size()) {
    connection.output.append(composed.substr(sent));
  }
  connection.handler->output_taken();
}

// How many bytes the socket (or the TLS stream's bounded buffer) took. May close.
size_t Loop::send_some(Connection& connection, std::string_view bytes) {
  size_t taken = 0;
  if (connection.tls) {
    while (taken < bytes.size()) {
      const auto written = connection.tls->write(as_bytes(bytes.substr(taken)));
      if (!written) {
        close(connection);
        return taken;
      }
      taken += *written;
      send_tls(connection);
      if (connection.is_dead || !connection.tls->output().empty()) break;
    }
    return taken;
  }
  const ssize_t sent = send(connection.socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && !is_again()) {
    close(connection);
    return 0;
  }
  return sent < 0 ? 0 : static_cast<size_t>(sent);
}

void Loop::send_tls(Connection& connection) {
  while (!connection.tls->output().empty()) {
    const auto ciphertext = connection.tls->output();
    const ssize_t sent =
        send(connection.socket.fd(), ciphertext.data(), ciphertext.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (!is_again()) close(connection);
      return;
    }
    connection.tls->consume_output(static_cast<size_t>(sent));
  }
}

void Loop::send_kept(Connection& connection) {
  if (connection.tls) {
    send_tls(connection);
    if (connection.is_dead || !connection.tls->output().empty()) return;
  }
  if (connection.output.empty()) return;
  const std::span<char> bytes = connection.output.bytes();
  const size_t sent = send_some(connection, {bytes.data(), bytes.size()});
  if (!connection.is_dead) connection.output.consume(sent);
}

// Reading while nothing stalls, else only word that the peer reads again.
void Loop::watch(Connection& connection) {
  const bool has_output = !connection.output.empty() ||
                          (connection.tls != nullptr && !connection.tls->output().empty());
  const uint32_t wanted = has_output ? EPOLLOUT : is_stalled(connection) ? 0u : EPOLLIN;
  if (wanted == connection.watched) return;
  connection.watched = wanted;
  epoll_event event{};
  event.events = wanted;
  event.data.ptr = &connection;
  epoll_ctl(epoll_.fd(), EPOLL_CTL_MOD, connection.socket.fd(), &event);
}

}  // namespace cachery::net
