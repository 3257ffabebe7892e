#include "net/handshake_pool.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/log.h"

namespace cachery::net {
namespace {

// How late a deadline may be noticed while handshakes are under way.
constexpr int kTickMilliseconds = 100;
constexpr size_t kReceiveBytes = 16 * 1024;
constexpr size_t kEventsATurn = 64;
// Where a storm of handshakes and the workers want one core, the workers go first: a tenth of it is
// left for those who are new. The p99 of the others is half of what it was (docs/performance.md).
constexpr int kNiceness = 10;

enum class Progress { going_on, secured, failed, abandoned };

enum class Sent { all, some, peer_gone };

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

Sent flush(int socket, TlsStream& stream) {
  while (!stream.output().empty()) {
    std::span<const std::byte> bytes = stream.output();
    ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return would_block() ? Sent::some : Sent::peer_gone;
    stream.consume_output(static_cast<size_t>(sent));
  }
  return Sent::all;
}

// A socket closed with unread bytes in it sends a reset, which overtakes the alert that tells the
// client why it was refused: the end is announced and what has arrived is read first.
void say_goodbye(int socket, TlsStream& stream, std::span<std::byte> scratch) {
  if (flush(socket, stream) != Sent::all) return;
  ::shutdown(socket, SHUT_WR);
  while (::recv(socket, scratch.data(), scratch.size(), MSG_DONTWAIT) ==
         static_cast<ssize_t>(scratch.size())) {
  }
}

}  // namespace

// One thread with an epoll of its own. What it holds is touched by its thread only, save the inbox.
class HandshakePool::Runner {
 public:
  explicit Runner(HandshakePool& pool) : pool_(pool) {}
  ~Runner();

  Status open();
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void wake();

  // Under the pool's mutex, both.
  void assign(const Accepted& accepted) {
    inbox_.push_back(accepted);
    ++load_;
  }
  size_t load() const { return load_; }
  void unload() { --load_; }

 private:
  struct Handshake {
    Accepted accepted;
    std::unique_ptr<TlsStream> stream;
    bool is_answered = false;  // the costly part is done
    bool waits_for_room = false;
  };
  using Handshakes = std::unordered_map<int, Handshake>;

  void run();
  void turn(std::span<const epoll_event> events);
  void take_inbox();
  void begin(const Accepted& accepted);
  Progress advance(Handshake& handshake, uint32_t events);
  Progress receive(Handshake& handshake);
  Progress answer(Handshake& handshake);
  void watch_room(Handshake& handshake, bool waits_for_room);
  void end(Handshakes::iterator at, Progress progress);
  void hand_over(Handshake handshake);
  void close_for(const Accepted& accepted, std::atomic<uint64_t>& why);
  void free_slot(const Accepted& ended);
  void expire(uint64_t now_ns);
  void drop_all();

  HandshakePool& pool_;
  std::thread thread_;
  int epoll_ = -1;
  int bell_ = -1;

  // this thread only
  Handshakes handshakes_;
  std::vector<Accepted> next_;  // come from waiting in this turn, begun at its end
  std::array<std::byte, kReceiveBytes> received_{};

  // guarded by the pool's mutex
  std::vector<Accepted> inbox_;
  size_t load_ = 0;
};

// ---- the pool

Result<std::unique_ptr<HandshakePool>> HandshakePool::start(HandshakeLimits limits,
                                                            const CertificateStore& certificates,
                                                            const Clock& clock,
                                                            OnSecured on_secured) {
  limits.threads = std::max<size_t>(1, limits.threads);
  limits.in_progress_max = std::max<size_t>(1, limits.in_progress_max);
  limits.of_client_max = std::max<size_t>(1, limits.of_client_max);
  std::unique_ptr<HandshakePool> pool(
      new HandshakePool(limits, certificates, clock, std::move(on_secured)));
  for (size_t i = 0; i < limits.threads; ++i) {
    pool->runners_.push_back(std::make_unique<Runner>(*pool));
    Status opened = pool->runners_.back()->open();
    if (!opened) return std::unexpected(opened.error());
  }
  for (const auto& runner : pool->runners_) runner->start();
  return pool;
}

HandshakePool::HandshakePool(HandshakeLimits limits, const CertificateStore& certificates,
                             const Clock& clock, OnSecured on_secured)
    : limits_(limits),
      certificates_(certificates),
      clock_(clock),
      on_secured_(std::move(on_secured)) {}

HandshakePool::~HandshakePool() { stop(); }

void HandshakePool::submit(int socket, uint64_t tag, std::string client) {
  Accepted accepted{.socket = socket,
                    .tag = tag,
                    .deadline_ns = clock_.now().steady_ns + limits_.nanoseconds_max};
  std::lock_guard lock(mutex_);
  if (is_stopping_) return drop(accepted, dropped_);
  if (client.empty()) client = "socket " + std::to_string(socket);
  accepted.client = &*clients_.try_emplace(std::move(client)).first;
  Share& share = accepted.client->second;
  if (in_progress_ < limits_.in_progress_max && share.in_progress < limits_.of_client_max) {
    Runner* runner = least_busy();
    ++in_progress_;
    ++share.in_progress;
    runner->assign(accepted);
    return runner->wake();
  }
  waiting_.push_back(accepted);
  ++share.waiting;
  if (waiting_.size() > limits_.waiting_max) drop_waiting(least_deserving(), dropped_);
}

void HandshakePool::stop() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
    while (!waiting_.empty()) drop_waiting(waiting_.begin(), dropped_);
    for (const auto& runner : runners_) runner->wake();
  }
  for (const auto& runner : runners_) runner->join();
}

HandshakeCounters HandshakePool::counters() const {
  std::lock_guard lock(mutex_);
  return {.succeeded = succeeded_,
          .resumed = resumed_,
          .failed = failed_,
          .timed_out = timed_out_,
          .abandoned = abandoned_,
          .dropped = dropped_,
          .in_progress = in_progress_,
          .waiting = waiting_.size()};
}

HandshakePool::Runner* HandshakePool::least_busy() {
  auto by_load = [](const auto& runner) { return runner->load(); };
  return std::ranges::min_element(runners_, {}, by_load)->get();
}

void HandshakePool::drop(const Accepted& accepted, std::atomic<uint64_t>& why) {
  ++why;  // first: who sees the socket closed sees it counted
  ::close(accepted.socket);
}

std::optional<HandshakePool::Accepted> HandshakePool::exchange_for_next(Runner& runner,
                                                                        const Accepted& ended) {
  std::lock_guard lock(mutex_);
  --ended.client->second.in_progress;
  forget_if_gone(ended.client);
  const auto at = next_waiting();
  if (at == waiting_.end()) {
    --in_progress_;
    runner.unload();
    return std::nullopt;
  }
  const Accepted next = *at;
  waiting_.erase(at);
  --next.client->second.waiting;
  ++next.client->second.in_progress;
  return next;
}

// The newest of the client that has fewest in progress and, of those, fewest waiting; none of one
// that has all that it may.
HandshakePool::Waiting::iterator HandshakePool::next_waiting() {
  constexpr std::pair<size_t, size_t> kLeast{0, 1};
  auto best = waiting_.end();
  std::pair<size_t, size_t> fewest{limits_.of_client_max, 0};
  for (auto at = waiting_.end(); at != waiting_.begin() && fewest != kLeast;) {
    --at;
    const Share& share = at->client->second;
    const std::pair<size_t, size_t> has{share.in_progress, share.waiting};
    if (has >= fewest) continue;
    fewest = has;
    best = at;
  }
  return best;
}

// The oldest of the client that has most waiting. There is one.
HandshakePool::Waiting::iterator HandshakePool::least_deserving() {
  return std::ranges::max_element(
      waiting_, {}, [](const Accepted& accepted) { return accepted.client->second.waiting; });
}

void HandshakePool::drop_waiting(Waiting::iterator at, std::atomic<uint64_t>& why) {
  --at->client->second.waiting;
  forget_if_gone(at->client);
  drop(*at, why);
  waiting_.erase(at);
}

void HandshakePool::forget_if_gone(Clients::value_type* client) {
  if (client->second.in_progress + client->second.waiting > 0) return;
  clients_.erase(clients_.find(client->first));
}

void HandshakePool::expire_waiting(uint64_t now_ns) {
  std::lock_guard lock(mutex_);
  while (!waiting_.empty() && waiting_.front().deadline_ns <= now_ns) {
    drop_waiting(waiting_.begin(), timed_out_);
  }
}

// ---- one thread

HandshakePool::Runner::~Runner() {
  if (epoll_ >= 0) ::close(epoll_);
  if (bell_ >= 0) ::close(bell_);
}

Status HandshakePool::Runner::open() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  bell_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event{.events = EPOLLIN, .data = {.fd = bell_}};
  if (epoll_ < 0 || bell_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &event) != 0) {
    return fail(Fault::exhausted,
                std::string("cannot start the TLS handshake threads: ") + std::strerror(errno));
  }
  return {};
}

void HandshakePool::Runner::wake() {
  uint64_t one = 1;
  // Fails only when the bell rings already.
  [[maybe_unused]] ssize_t written = ::write(bell_, &one, sizeof(one));
}

void HandshakePool::Runner::run() {
  // On Linux it is the thread's, not the process's.
  if (::setpriority(PRIO_PROCESS, 0, kNiceness) != 0 &&
      log::is_first(log::Level::warning, "handshakes_not_nice", {})) {
    log::warning(
        "handshakes_not_nice",
        {{"reason", std::strerror(errno)},
         {"advice", "allow setpriority: a storm of handshakes slows requests without it"}});
  }
  std::array<epoll_event, kEventsATurn> events{};
  while (!pool_.is_stopping_) {
    int timeout = handshakes_.empty() ? -1 : kTickMilliseconds;
    int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
    turn(std::span(events).first(count > 0 ? static_cast<size_t>(count) : 0));
  }
  drop_all();
}

void HandshakePool::Runner::turn(std::span<const epoll_event> events) {
  uint64_t now_ns = pool_.clock_.now().steady_ns;
  take_inbox();
  // First, so that nothing that is late already costs a signature.
  expire(now_ns);
  for (const epoll_event& event : events) {
    auto at = handshakes_.find(event.data.fd);
    // The bell, or one that has just expired.
    if (at == handshakes_.end()) continue;
    Progress progress = advance(at->second, event.events);
    if (progress != Progress::going_on) end(at, progress);
  }
  while (!next_.empty()) {
    Accepted accepted = next_.back();
    next_.pop_back();
    begin(accepted);
  }
}

void HandshakePool::Runner::take_inbox() {
  uint64_t rings = 0;
  [[maybe_unused]] ssize_t got = ::read(bell_, &rings, sizeof(rings));
  std::vector<Accepted> inbox;
  {
    std::lock_guard lock(pool_.mutex_);
    inbox.swap(inbox_);
  }
  for (const Accepted& accepted : inbox) begin(accepted);
}

void HandshakePool::Runner::begin(const Accepted& accepted) {
  Result<std::unique_ptr<TlsStream>> stream = TlsStream::accept(pool_.certificates_.current());
  epoll_event event{.events = EPOLLIN | EPOLLRDHUP, .data = {.fd = accepted.socket}};
  if (!stream || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, accepted.socket, &event) != 0) {
    const char* const reason = stream ? std::strerror(errno) : stream.error().detail.c_str();
    if (log::is_first(log::Level::warning, "tls_handshake_not_begun", {})) {
      log::warning("tls_handshake_not_begun", {{"reason", reason}});
    }
    return close_for(accepted, pool_.failed_);
  }
  handshakes_.emplace(accepted.socket,
                      Handshake{.accepted = accepted, .stream = std::move(*stream)});
}

Progress HandshakePool::Runner::advance(Handshake& handshake, uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Progress::abandoned;
  // A client that closed behind its last handshake message has been answered: that message is worth
  // reading, as a whole request may stand behind it. Before that it would cost us the signature.
  bool is_closing = (events & EPOLLRDHUP) != 0;
  if (is_closing && !handshake.is_answered) return Progress::abandoned;
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) {
    Progress received = receive(handshake);
    if (received != Progress::going_on) return received;
  }
  return answer(handshake);
}

Progress HandshakePool::Runner::receive(Handshake& handshake) {
  TlsStream& stream = *handshake.stream;
  while (stream.handshake() == TlsHandshake::in_progress) {
    ssize_t got =
        ::recv(handshake.accepted.socket, received_.data(), received_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && would_block()) break;
    if (got <= 0) return Progress::abandoned;
    Status fed = stream.feed(std::span(received_).first(static_cast<size_t>(got)));
    if (fed) fed = stream.keep_input();
    if (!fed) {
      if (log::is_first(log::Level::debug, "tls_handshake_failed", {})) {
        log::debug("tls_handshake_failed", {{"reason", fed.error().detail}});
      }
      return Progress::failed;
    }
  }
  return Progress::going_on;
}

Progress HandshakePool::Runner::answer(Handshake& handshake) {
  TlsStream& stream = *handshake.stream;
  if (!stream.output().empty()) handshake.is_answered = true;
  Sent sent = flush(handshake.accepted.socket, stream);
  if (sent == Sent::peer_gone) return Progress::abandoned;
  if (sent == Sent::all && stream.handshake() == TlsHandshake::done) return Progress::secured;
  watch_room(handshake, sent == Sent::some);
  return Progress::going_on;
}

void HandshakePool::Runner::watch_room(Handshake& handshake, bool waits_for_room) {
  if (handshake.waits_for_room == waits_for_room) return;
  handshake.waits_for_room = waits_for_room;
  // While there is no room nothing is read: a client that does not read gets no more work done.
  uint32_t interest = waits_for_room ? EPOLLOUT : EPOLLIN;
  epoll_event event{.events = interest | EPOLLRDHUP, .data = {.fd = handshake.accepted.socket}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, handshake.accepted.socket, &event);
}

void HandshakePool::Runner::end(Handshakes::iterator at, Progress progress) {
  Handshake handshake = std::move(at->second);
  handshakes_.erase(at);
  if (progress == Progress::secured) return hand_over(std::move(handshake));
  if (progress == Progress::failed) {
    say_goodbye(handshake.accepted.socket, *handshake.stream, received_);
    return close_for(handshake.accepted, pool_.failed_);
  }
  close_for(handshake.accepted, pool_.abandoned_);
}

void HandshakePool::Runner::hand_over(Handshake handshake) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, handshake.accepted.socket, nullptr);
  ++pool_.succeeded_;
  if (handshake.stream->is_resumed()) ++pool_.resumed_;
  // The slot is free before the owner hears of it: what it sees in counters() is true.
  free_slot(handshake.accepted);
  pool_.on_secured_({.socket = handshake.accepted.socket,
                     .tag = handshake.accepted.tag,
                     .stream = std::move(handshake.stream)});
}

void HandshakePool::Runner::close_for(const Accepted& accepted, std::atomic<uint64_t>& why) {
  free_slot(accepted);
  pool_.drop(accepted, why);
}

void HandshakePool::Runner::free_slot(const Accepted& ended) {
  std::optional<Accepted> next = pool_.exchange_for_next(*this, ended);
  if (next) next_.push_back(*next);
}

void HandshakePool::Runner::expire(uint64_t now_ns) {
  pool_.expire_waiting(now_ns);
  for (auto at = handshakes_.begin(); at != handshakes_.end();) {
    auto current = at++;
    if (current->second.accepted.deadline_ns > now_ns) continue;
    Accepted accepted = current->second.accepted;
    handshakes_.erase(current);
    close_for(accepted, pool_.timed_out_);
  }
}

void HandshakePool::Runner::drop_all() {
  std::lock_guard lock(pool_.mutex_);
  std::vector<Accepted> left = std::move(inbox_);
  for (const auto& [socket, handshake] : handshakes_) left.push_back(handshake.accepted);
  handshakes_.clear();
  inbox_.clear();
  for (const Accepted& accepted : left) {
    --accepted.client->second.in_progress;
    pool_.forget_if_gone(accepted.client);
    pool_.drop(accepted, pool_.dropped_);
  }
  pool_.in_progress_ -= left.size();
  load_ -= left.size();
}

}  // namespace cachery::net
