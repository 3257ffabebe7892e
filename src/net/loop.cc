#include "net/loop.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/limits.h"
#include "net/poll.h"
#include "net/shedding.h"

namespace cachery::net {
namespace {

// What the kernel keeps of a long value before it tells of it; about what it would keep of one that
// nobody reads.
constexpr size_t kToldFromMax = 256u << 10;

}  // namespace

Result<std::unique_ptr<Loop>> Loop::open(const Clock& clock, PollerKind kind) {
  std::unique_ptr<Loop> loop(new Loop(clock));
  loop->wakeup_ = make_wakeup();
  if (!loop->wakeup_) {
    return fail(Fault::exhausted,
                fmt::format("cannot make an event loop: {}", std::strerror(errno)));
  }
  auto poller = open_poller(kind, loop->wakeup_.fd());
  if (!poller) return std::unexpected(poller.error());
  loop->poller_ = std::move(*poller);
  loop->read_buffer_.reset(new char[limits::kReadBytes]);
  return loop;
}

Loop::~Loop() = default;

void Loop::run(std::function<bool(const Now&)> on_second) {
  on_second_ = std::move(on_second);
  poller_->enter();
  while (!is_stopping_.load(std::memory_order_acquire)) turn();
  while (!connections_.empty()) close(*connections_.back());
  poller_.reset();  // from here on nothing refers to connections
  lingering_.clear();
  dead_.clear();
}

void Loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(tasks_mutex_);
    tasks_.push_back(std::move(task));
  }
  wake(wakeup_.fd());
}

void Loop::stop() {
  post([this] { is_stopping_.store(true, std::memory_order_release); });
}

void Loop::turn() {
  poller_->wait(turns_to_drain_ > 0 ? 0 : timeout_ms(), *this);
  serve_waiting();
  if (turns_to_drain_ > 0 && --turns_to_drain_ == 0) close_answered();
  if (waiting_bytes() + spares_.bytes() > waiting_bytes_max_) spares_.clear();
  if (waiting_bytes() > waiting_bytes_max_) shed();
  if (now_.unix_seconds != last_second_ && !connections_.empty()) {
    last_second_ = now_.unix_seconds;
    is_second_going_on_ = true;
    spares_.tidy();
  }
  if (is_second_going_on_) is_second_going_on_ = on_second_ && on_second_(now_);
  dead_.clear();
}

// A loop without connections sleeps until somebody posts.
int Loop::timeout_ms() const {
  if (is_second_going_on_) return 0;
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

void Loop::on_wakeup() {
  clear_wakeup(wakeup_.fd());
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(tasks_mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

// After the others of the turn, whose answers leave first. Who has had its share waits on, before
// who has only now been served, so that each comes in its turn.
void Loop::serve_waiting() {
  if (waiting_.empty()) return;
  std::vector<Connection*> before;
  before.swap(waiting_);
  std::vector<Connection*> left;
  for (Connection* connection : before) {
    if (connection->is_dead) continue;
    const bool is_due = connection->wait_until_ns <= now_.steady_ns;
    const size_t share = is_due ? connection->handler->share_left(now_) : 0;
    if (share > 0) {
      if (late_since_ns_ == 0) {
        poller_->flush_all(*this);
        late_since_ns_ = clock_.steady_ns();
      }
      serve_late(*connection, share);
    } else {
      left.push_back(connection);
      if (connection->awaited != Awaited::handler) watch(*connection);
    }
  }
  late_since_ns_ = 0;
  std::erase_if(left, [](const Connection* connection) { return connection->is_dead; });
  waiting_.insert(waiting_.begin(), left.begin(), left.end());
}

void Loop::serve_late(Connection& connection, size_t bytes_max) {
  if (connection.is_dead) return;
  connection.wait_until_ns = 0;
  late_bytes_max_ = bytes_max;
  guard(connection, [&] { serve_awaited(connection); });
  note_time(connection);
  late_bytes_max_ = SIZE_MAX;
  watch(connection);
}

void Loop::serve_awaited(Connection& connection) {
  switch (std::exchange(connection.awaited, Awaited::handler)) {
    case Awaited::handler:
      if (!is_stalled(connection)) process_kept(connection);
      break;
    case Awaited::reading:
      if (!is_stalled(connection)) read_plain(connection);
      break;
    case Awaited::writing:
      write_kept(connection);
      break;
  }
}

// What was composed may be anything by now, and is not sent.
void Loop::end_for_memory(Connection& connection) {
  if (connection.is_dead) return;
  out_of_memory_count_.fetch_add(1, std::memory_order_relaxed);
  connection.handler->output_taken();
  connection.input.clear();
  if (!connection.tls && connection.output.empty()) {
    poller_->flush(connection, *this);
    if (connection.is_dead) return;
    send_now(connection.socket.fd(), connection.handler->out_of_memory());
  }
  close(connection);
}

// Whom it is served for has had this time, if it is served late.
void Loop::note_time(Connection& connection) {
  if (late_since_ns_ == 0) return;
  const uint64_t since = std::exchange(late_since_ns_, clock_.steady_ns());
  connection.handler->have_taken(late_since_ns_ - since, now_);
}

Connection& Loop::add(OwnedSocket socket, std::unique_ptr<Handler> handler,
                      std::unique_ptr<TlsStream> tls) {
  connections_.push_back(std::make_unique<Connection>());
  Connection& connection = *connections_.back();
  connection.socket = std::move(socket);
  connection.handler = std::move(handler);
  connection.tls = std::move(tls);
  connection.slot = static_cast<uint32_t>(connections_.size() - 1);
  connection_count_.store(connections_.size(), std::memory_order_relaxed);
  connection.opened_ns = connection.active_ns = now_.steady_ns;
  if (!poller_->add(connection)) {
    close(connection);
  } else if (connection.tls) {
    guard(connection, [&] { decrypt(connection); });
    watch(connection);
  }
  return connection;
}

void Loop::close(Connection& connection) {
  if (connection.is_dead) return;
  if (connection.wait_until_ns != 0) std::erase(waiting_, &connection);
  poller_->flush(connection, *this);
  if (connection.is_dead) return;  // its last send failed
  finish(connection);
  const bool is_free = poller_->remove(connection, *this);
  const uint32_t slot = connection.slot;
  std::swap(connections_[slot], connections_.back());
  connections_[slot]->slot = slot;
  (is_free ? dead_ : lingering_).push_back(std::move(connections_.back()));
  connections_.pop_back();
  connection_count_.store(connections_.size(), std::memory_order_relaxed);
  if (is_free) connection.socket = OwnedSocket();
  if (connections_.empty()) spares_.clear();  // no turn may come to do it
}

void Loop::on_released(Connection& connection) {
  const auto at = std::ranges::find_if(
      lingering_, [&](const auto& owned) { return owned.get() == &connection; });
  if (at == lingering_.end()) return;
  dead_.push_back(std::move(*at));
  lingering_.erase(at);
  connection.socket = OwnedSocket();
}

// What io_uring has received comes with this turn and the next, and must be taken in its order.
void Loop::drain() { turns_to_drain_ = 2; }

// What was sent before the end has been answered, or waits for its peer to read.
void Loop::close_answered() {
  is_draining_ = true;
  std::vector<Connection*> left;
  for (const auto& connection : connections_) left.push_back(connection.get());
  for (Connection* connection : left) {
    if (connection->is_dead) continue;
    const bool is_brought = poller_->brings_bytes() && connection->watched != Watch::bulk;
    const bool is_read = !is_brought && !is_stalled(*connection);
    if (is_read) guard(*connection, [&] { read_plain(*connection); });
    watch(*connection);
  }
}

// Not TLS, whose bytes must be opened in the order in which they came.
bool Loop::is_bulk(const Connection& connection) {
  return !connection.tls && (connection.is_bulky || bytes_missing(connection) > kBulkBytes);
}

// Reading while nothing stalls, else only word that the peer reads again. Nothing is left to do
// for a connection that has been answered and will not be asked again.
void Loop::watch(Connection& connection) {
  if (connection.is_dead) return;
  count_waiting(connection);
  const bool is_last = connection.is_input_over || is_draining_;
  if (is_last && !is_stalled(connection)) {
    poller_->flush(connection, *this);  // what falls short comes back, and is waited for
    if (connection.is_dead) return;
    if (!is_stalled(connection)) return close(connection);
  }
  Watch what = Watch::input;
  if (connection.awaited != Awaited::handler) {
    what = Watch::nothing;  // it is known already
  } else if (has_output(connection)) {
    what = Watch::output;
  } else if (is_stalled(connection)) {
    what = Watch::nothing;
  } else if (is_bulk(connection)) {
    what = Watch::bulk;
  }
  if (what == Watch::bulk || what == Watch::input) tell_from(connection);
  poller_->watch(connection, what);
}

// Of a long value, not each piece: to wake the worker for it costs its peer more than to send it.
// Who sends little at a time is heard at once, and is not taken for idle.
void Loop::tell_from(Connection& connection) {
  const size_t missing = !connection.tls && connection.is_bulky ? bytes_missing(connection) : 0;
  const int bytes = std::max(1, static_cast<int>(std::min(missing, kToldFromMax)));
  if (std::exchange(connection.told_from_bytes, bytes) == bytes) return;
  setsockopt(connection.socket.fd(), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
  count_waiting(connection);
}

void Loop::count_waiting(Connection& connection) {
  size_t bytes = connection.input.touched_bytes() + connection.output.touched_bytes();
  // The kernel may hold as much before it tells.
  if (connection.told_from_bytes > 1) bytes += static_cast<size_t>(connection.told_from_bytes);
  if (connection.tls) bytes += connection.tls->held_bytes();
  note_block(connection);
  if (bytes == connection.counted_bytes) return;
  waiting_bytes_.store(waiting_bytes() - connection.counted_bytes + bytes,
                       std::memory_order_relaxed);
  connection.counted_bytes = bytes;
}

void Loop::note_block(Connection& connection) {
  const size_t bytes = connection.input.is_from_source() ? connection.input.capacity() : 0;
  if (connection.block_bytes == bytes) return;
  connection.block_bytes = bytes;
  connection.handler->hold_block(bytes);
}

// Until an eighth of the bound is free again.
void Loop::shed() {
  std::vector<Connection*> holders;
  std::vector<Holding> holdings;
  for (const auto& connection : connections_) {
    if (connection->counted_bytes == 0) continue;
    holders.push_back(connection.get());
    holdings.push_back({.owner = connection->handler->owner(),
                        .bytes = connection->counted_bytes,
                        .active_ns = connection->active_ns});
  }
  const size_t bytes_kept = waiting_bytes_max_ / 8 * 7;
  for (const size_t place : choose_to_shed(holdings, waiting_bytes() - bytes_kept)) {
    Connection* const connection = holders[place];
    if (connection->is_dead) continue;
    shed_count_.fetch_add(1, std::memory_order_relaxed);
    close(*connection);
  }
}

}  // namespace cachery::net
