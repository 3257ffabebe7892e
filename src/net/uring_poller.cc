// The io_uring poller: one system call a turn, which sends what the last turn composed and waits
// for what arrives next.
//
// - Receives are multishot into a ring of buffers that all connections share.
// - Replies are gathered in one arena and sent when the loop next waits. A send that succeeds is
//   silent; one that falls short (the socket is told never to wait) is told of before anything else
//   of the same turn, while the arena still holds its bytes, so order cannot be lost.
// - A closed connection is freed once its receive has ended, since the kernel may still speak of
// it.
#include <fmt/format.h>
#include <liburing.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "net/poller.h"
#include "net/tls_stream.h"

namespace cachery::net {
namespace {

constexpr unsigned kSubmissions = 512;
constexpr unsigned kCompletions = 8192;
constexpr unsigned kBuffers = 1024;  // a power of two
constexpr size_t kBufferBytes = 4u << 10;
// A connection that is to stall may be brought all of them first.
static_assert(kTlsInputBytesMax >= limits::kReadBytes + kBuffers * kBufferBytes);
constexpr int kBufferGroup = 1;
constexpr size_t kLookAhead = 12;  // completions
constexpr size_t kFetchAhead = 6;
constexpr size_t kArenaBytes = 1u << 20;
constexpr size_t kGatheredBytesMax = 64u << 10;  // a longer reply is sent from where it is

enum Tag : uint64_t {
  tag_receive = 0,
  tag_send = 1,
  tag_poll_input = 2,
  tag_poll_output = 3,
  tag_wakeup = 4,
  tag_none = 5,
};
constexpr uint64_t kTagMask = 7;

class UringPoller final : public Poller {
 public:
  explicit UringPoller(int wakeup) : wakeup_(wakeup), arena_(new char[kArenaBytes]) {}
  ~UringPoller() override {
    if (is_open_) io_uring_queue_exit(&ring_);
    if (buffer_ring_ != nullptr) munmap(buffer_ring_, buffer_ring_bytes());
  }

  Status open();
  void enter() override;
  bool brings_bytes() const override { return true; }
  void wait(int timeout_ms, PollerEvents& events) override;
  bool add(Connection& connection) override;
  void watch(Connection& connection, Watch what) override;
  bool remove(Connection& connection, PollerEvents& events) override;
  ptrdiff_t send(Connection& connection, std::string_view bytes, PollerEvents& events) override;
  void flush(Connection& connection, PollerEvents& events) override;
  void flush_all(PollerEvents& events) override;

 private:
  struct Completion {
    uint64_t data;
    int result;
    uint32_t flags;
    uint64_t token = 0;  // of look_ahead
  };
  struct QueuedSend {
    Connection* connection;
    uint32_t offset;
    uint32_t bytes;
  };

  static size_t buffer_ring_bytes() { return kBuffers * sizeof(io_uring_buf); }
  static uint64_t tagged(const Connection& connection, Tag tag) {
    return reinterpret_cast<uint64_t>(&connection) | tag;
  }
  static Connection& connection_of(uint64_t data) {
    return *reinterpret_cast<Connection*>(data & ~kTagMask);
  }
  io_uring_sqe* next_entry();
  void arm_wakeup();
  void arm_receive(Connection& connection);
  void arm_poll(Connection& connection, bool& is_polling, unsigned events, Tag tag);
  void arm_bulk(Connection& connection);
  static bool is_known(const Connection& connection) {
    return connection.is_receiving || connection.is_polling_input || connection.is_polling_output;
  }
  void give_back(unsigned buffer);
  void prepare_sends();
  void submit_now(PollerEvents& events);
  void take_completions();
  void collect(PollerEvents& events);
  void tell_unsent(const Completion& completion, PollerEvents& events);
  void look_ahead(size_t at, PollerEvents& events);
  void fetch_ahead(size_t at, PollerEvents& events);
  void tell(const Completion& completion, PollerEvents& events);
  void tell_received(const Completion& completion, PollerEvents& events);
  void tell_polled(Connection& connection, bool is_output, PollerEvents& events);

  const int wakeup_;
  io_uring ring_{};
  bool is_open_ = false;
  io_uring_buf_ring* buffer_ring_ = nullptr;
  std::unique_ptr<char[]> buffers_;
  std::unique_ptr<char[]> arena_;
  size_t arena_used_ = 0;
  std::vector<QueuedSend> sends_;        // of this turn
  size_t sends_prepared_ = 0;            // of them, given to the ring
  std::vector<Completion> completions_;  // taken from the ring, not told yet
  std::vector<Completion> unsent_;       // likewise, of sends
};

Status UringPoller::open() {
  io_uring_params params{};
  // Enabled by the thread that will use it, the only one that may then submit.
  params.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL;
  params.cq_entries = kCompletions;
  if (const int error = io_uring_queue_init_params(kSubmissions, &ring_, &params); error != 0) {
    return fail(Fault::unavailable, fmt::format("io_uring: {}", std::strerror(-error)));
  }
  is_open_ = true;
  if ((params.features & IORING_FEAT_CQE_SKIP) == 0) {
    return fail(Fault::unavailable, "io_uring: this kernel's is too old");
  }
  void* memory = mmap(nullptr, buffer_ring_bytes(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail(Fault::exhausted, "io_uring: no memory for buffers");
  buffer_ring_ = static_cast<io_uring_buf_ring*>(memory);
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uint64_t>(buffer_ring_);
  registration.ring_entries = kBuffers;
  registration.bgid = kBufferGroup;
  if (const int error = io_uring_register_buf_ring(&ring_, &registration, 0); error != 0) {
    return fail(Fault::unavailable, fmt::format("io_uring buffers: {}", std::strerror(-error)));
  }
  buffers_.reset(new char[kBuffers * kBufferBytes]);
  for (unsigned buffer = 0; buffer < kBuffers; ++buffer) give_back(buffer);
  return {};
}

void UringPoller::enter() {
  // The distribution's library declares a function for it but does not export it.
  syscall(__NR_io_uring_register, ring_.ring_fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  arm_wakeup();
}

// A full submission queue is submitted, which empties it. A kernel before 6 refuses that (EBUSY)
// while the completion queue is full too: what is there is taken, to be told later.
io_uring_sqe* UringPoller::next_entry() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  while (entry == nullptr) {
    if (io_uring_submit(&ring_) < 0) take_completions();
    entry = io_uring_get_sqe(&ring_);
  }
  return entry;
}

void UringPoller::arm_wakeup() {
  io_uring_sqe* entry = next_entry();
  io_uring_prep_poll_multishot(entry, wakeup_, POLLIN);
  io_uring_sqe_set_data64(entry, tag_wakeup);
}

void UringPoller::arm_receive(Connection& connection) {
  io_uring_sqe* entry = next_entry();
  io_uring_prep_recv_multishot(entry, connection.socket.fd(), nullptr, 0, 0);
  entry->flags |= IOSQE_BUFFER_SELECT;
  entry->buf_group = kBufferGroup;
  io_uring_sqe_set_data64(entry, tagged(connection, tag_receive));
  connection.is_receiving = true;
}

void UringPoller::arm_poll(Connection& connection, bool& is_polling, unsigned events, Tag tag) {
  if (std::exchange(is_polling, true)) return;
  io_uring_sqe* entry = next_entry();
  io_uring_prep_poll_add(entry, connection.socket.fd(), events);
  io_uring_sqe_set_data64(entry, tagged(connection, tag));
}

// A long value would use up the buffers that all connections share, and be copied once more: the
// loop reads it to where it belongs.
void UringPoller::arm_bulk(Connection& connection) {
  arm_poll(connection, connection.is_polling_input, POLLIN, tag_poll_input);
}

void UringPoller::give_back(unsigned buffer) {
  io_uring_buf_ring_add(buffer_ring_, buffers_.get() + buffer * kBufferBytes, kBufferBytes,
                        static_cast<uint16_t>(buffer), io_uring_buf_ring_mask(kBuffers), 0);
  io_uring_buf_ring_advance(buffer_ring_, 1);
}

bool UringPoller::add(Connection& connection) {
  connection.watched = Watch::input;
  arm_receive(connection);
  return true;
}

void UringPoller::watch(Connection& connection, Watch what) {
  if (connection.watched == what) return;
  connection.watched = what;
  if (what == Watch::input) {
    if (!connection.is_receiving) arm_receive(connection);
    return;
  }
  if (connection.is_receiving) {
    if (!std::exchange(connection.is_cancelling, true)) {
      io_uring_sqe* entry = next_entry();
      io_uring_prep_cancel64(entry, tagged(connection, tag_receive), 0);
      io_uring_sqe_set_data64(entry, tag_none);
    }
  } else if (what == Watch::bulk) {
    arm_bulk(connection);
  }
  if (what == Watch::output) {
    arm_poll(connection, connection.is_polling_output, POLLOUT, tag_poll_output);
  }
}

bool UringPoller::remove(Connection& connection, PollerEvents& events) {
  flush(connection, events);
  if (!is_known(connection)) return true;
  shutdown(connection.socket.fd(), SHUT_RDWR);  // which ends all of it
  return false;
}

ptrdiff_t UringPoller::send(Connection& connection, std::string_view bytes, PollerEvents& events) {
  if (connection.queued_send != 0 || arena_used_ + bytes.size() > kArenaBytes) submit_now(events);
  if (connection.is_dead) return -1;
  if (!connection.output.empty()) return 0;  // it must follow a send that fell short
  if (bytes.size() > kGatheredBytesMax) return send_now(connection.socket.fd(), bytes);
  std::memcpy(arena_.get() + arena_used_, bytes.data(), bytes.size());
  sends_.push_back(
      {&connection, static_cast<uint32_t>(arena_used_), static_cast<uint32_t>(bytes.size())});
  connection.queued_send = static_cast<uint32_t>(sends_.size());
  arena_used_ += bytes.size();
  return static_cast<ptrdiff_t>(bytes.size());
}

void UringPoller::flush(Connection& connection, PollerEvents& events) {
  if (connection.queued_send != 0) submit_now(events);
}

void UringPoller::flush_all(PollerEvents& events) {
  if (!sends_.empty()) submit_now(events);
}

// MSG_WAITALL makes a short send a failure, which is told; MSG_DONTWAIT that it fails at once.
void UringPoller::prepare_sends() {
  for (; sends_prepared_ < sends_.size(); ++sends_prepared_) {
    const QueuedSend& queued = sends_[sends_prepared_];
    io_uring_sqe* entry = next_entry();
    io_uring_prep_send(entry, queued.connection->socket.fd(), arena_.get() + queued.offset,
                       queued.bytes, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_WAITALL);
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    io_uring_sqe_set_data64(entry, sends_prepared_ << 3 | tag_send);
  }
}

void UringPoller::submit_now(PollerEvents& events) {
  prepare_sends();
  io_uring_submit(&ring_);
  collect(events);
}

void UringPoller::take_completions() {
  unsigned head = 0;
  unsigned count = 0;
  io_uring_cqe* entry = nullptr;
  io_uring_for_each_cqe(&ring_, head, entry) {
    const Completion completion{entry->user_data, entry->res, entry->flags, 0};
    ++count;
    if ((completion.data & kTagMask) == tag_send) {
      unsent_.push_back(completion);
    } else {
      completions_.push_back(completion);
    }
  }
  io_uring_cq_advance(&ring_, count);
}

// Takes what the ring has. All queued sends have been submitted: what fell short is told first, and
// the arena is free again.
void UringPoller::collect(PollerEvents& events) {
  take_completions();
  for (const QueuedSend& queued : sends_) queued.connection->queued_send = 0;
  // Who is told may send, and collect again.
  const std::vector<Completion> unsent = std::exchange(unsent_, {});
  for (const Completion& completion : unsent) tell_unsent(completion, events);
  sends_.clear();
  sends_prepared_ = 0;
  arena_used_ = 0;
}

void UringPoller::tell_unsent(const Completion& completion, PollerEvents& events) {
  const QueuedSend& queued = sends_[completion.data >> 3];
  if (queued.connection->is_dead) return;
  if (completion.result < 0 && completion.result != -EAGAIN) {
    return events.on_broken(*queued.connection);
  }
  const auto sent = static_cast<uint32_t>(std::max(completion.result, 0));
  events.on_unsent(*queued.connection, {arena_.get() + queued.offset + sent, queued.bytes - sent});
}

void UringPoller::wait(int timeout_ms, PollerEvents& events) {
  prepare_sends();
  if (!completions_.empty()) timeout_ms = 0;  // taken from the ring since they were last told
  __kernel_timespec time{.tv_sec = timeout_ms / 1000,
                         .tv_nsec = static_cast<long long>(timeout_ms % 1000) * 1'000'000};
  io_uring_cqe* first = nullptr;
  io_uring_submit_and_wait_timeout(&ring_, &first, 1, timeout_ms < 0 ? nullptr : &time, nullptr);
  events.on_turn();
  collect(events);
  // More may be added while they are told: submit_now collects too.
  for (size_t i = 0; i < kLookAhead; ++i) look_ahead(i, events);
  for (size_t i = 0; i < kFetchAhead; ++i) fetch_ahead(i, events);
  for (size_t i = 0; i < completions_.size(); ++i) {
    look_ahead(i + kLookAhead, events);
    fetch_ahead(i + kFetchAhead, events);
    const Completion completion = completions_[i];
    tell(completion, events);
  }
  completions_.clear();
}

// Requests of different connections hide each other's misses as those of one batch do.
void UringPoller::look_ahead(size_t at, PollerEvents& events) {
  if (at >= completions_.size()) return;
  Completion& completion = completions_[at];
  if ((completion.data & kTagMask) != tag_receive || completion.result <= 0) return;
  const char* bytes = buffers_.get() + (completion.flags >> IORING_CQE_BUFFER_SHIFT) * kBufferBytes;
  completion.token = events.on_coming(connection_of(completion.data),
                                      {bytes, static_cast<size_t>(completion.result)});
}

void UringPoller::fetch_ahead(size_t at, PollerEvents& events) {
  if (at >= completions_.size() || completions_[at].token == 0) return;
  events.on_nearly(connection_of(completions_[at].data), completions_[at].token);
}

void UringPoller::tell(const Completion& completion, PollerEvents& events) {
  switch (completion.data & kTagMask) {
    case tag_receive:
      return tell_received(completion, events);
    case tag_wakeup:
      if ((completion.flags & IORING_CQE_F_MORE) == 0) arm_wakeup();
      return events.on_wakeup();
    case tag_poll_input:
      return tell_polled(connection_of(completion.data), false, events);
    case tag_poll_output:
      return tell_polled(connection_of(completion.data), true, events);
    default:
      return;
  }
}

void UringPoller::tell_polled(Connection& connection, bool is_output, PollerEvents& events) {
  (is_output ? connection.is_polling_output : connection.is_polling_input) = false;
  if (connection.is_dead) {
    if (!is_known(connection)) events.on_released(connection);
  } else if (is_output && connection.watched == Watch::output) {
    connection.watched = Watch::nothing;
    events.on_writable(connection);
  } else if (!is_output && connection.watched == Watch::bulk) {
    connection.watched = Watch::nothing;
    events.on_readable(connection);
  }
}

void UringPoller::tell_received(const Completion& completion, PollerEvents& events) {
  Connection& connection = connection_of(completion.data);
  const bool has_buffer = (completion.flags & IORING_CQE_F_BUFFER) != 0;
  const unsigned buffer = completion.flags >> IORING_CQE_BUFFER_SHIFT;
  const bool has_ended = (completion.flags & IORING_CQE_F_MORE) == 0;
  if (has_ended) connection.is_receiving = connection.is_cancelling = false;
  if (connection.is_dead) {
    if (has_buffer) give_back(buffer);
    if (has_ended && !is_known(connection)) events.on_released(connection);
    return;
  }
  const bool is_broken = completion.result < 0 && completion.result != -ENOBUFS &&
                         completion.result != -ECANCELED && completion.result != -EINTR;
  if (completion.result > 0) {
    char* bytes = buffers_.get() + buffer * kBufferBytes;
    events.on_received(connection, {bytes, static_cast<size_t>(completion.result)});
  } else if (completion.result == 0) {
    events.on_received(connection, {});
  } else if (is_broken) {
    events.on_broken(connection);
  }
  if (has_buffer) give_back(buffer);
  const bool goes_on = has_ended && !connection.is_dead && !connection.is_receiving;
  if (goes_on && connection.watched == Watch::input) arm_receive(connection);
  if (goes_on && connection.watched == Watch::bulk) arm_bulk(connection);
}

}  // namespace

Result<std::unique_ptr<Poller>> open_uring_poller(int wakeup) {
  auto poller = std::make_unique<UringPoller>(wakeup);
  if (auto opened = poller->open(); !opened) return std::unexpected(opened.error());
  return poller;
}

}  // namespace cachery::net
