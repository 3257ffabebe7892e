#include "base/log_writer.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace cachery::log {

LogWriter::LogWriter(Needs needs) : needs_(std::move(needs)) {
  waiting_.reserve(kOrdinaryBytesMax + kErrorBytesMax);  // address space, until it is written
}

LogWriter& LogWriter::start(Needs needs) {
  auto* const writer = new LogWriter(std::move(needs));  // never freed: see the header
  // Signals are for the thread that waits for them.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread([writer] { writer->run(); });
  ::pthread_setname_np(thread.native_handle(), "log");
  thread.detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return *writer;
}

void LogWriter::add(Urgency urgency, std::string_view line) {
  const size_t bytes_max =
      urgency == Urgency::error ? kOrdinaryBytesMax + kErrorBytesMax : kOrdinaryBytesMax;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > bytes_max) {
      ++dropped_;
      return;
    }
    is_first = waiting_.empty();
    waiting_.append(line);
  }
  if (is_first) has_lines_.notify_one();
}

bool LogWriter::finish(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return is_idle_.wait_for(lock, patience,
                           [this] { return waiting_.empty() && dropped_ == 0 && !is_writing_; });
}

void LogWriter::run() {
  std::string taken;
  taken.reserve(kOrdinaryBytesMax + kErrorBytesMax);
  auto next_round = std::chrono::steady_clock::now() + needs_.round;
  for (;;) {
    uint64_t dropped = 0;
    {
      std::unique_lock lock(mutex_);
      is_writing_ = false;
      is_idle_.notify_all();
      has_lines_.wait_until(lock, next_round, [this] { return !waiting_.empty(); });
      taken.clear();
      taken.swap(waiting_);
      dropped = std::exchange(dropped_, 0);
      is_writing_ = !taken.empty();
    }
    write_out(taken);
    if (dropped > 0 && needs_.dropped_line) write_out(needs_.dropped_line(dropped));
    const auto now = std::chrono::steady_clock::now();
    if (now < next_round) continue;
    next_round = now + needs_.round;
    if (needs_.on_round) needs_.on_round();
  }
}

// By pieces that a ready pipe takes whole. A descriptor that fails has nobody to tell.
void LogWriter::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd ready{.fd = needs_.descriptor, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, -1) < 0 && errno != EINTR) return;
    const ssize_t written =
        ::write(needs_.descriptor, bytes.data(), std::min(bytes.size(), kPieceBytes));
    if (written > 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      return;
    }
  }
}

}  // namespace cachery::log
