// Log lines on their way to a descriptor, by a thread of their own, because a pipe that nobody
// reads makes its writer wait for ever: whoever has something to say must not be that writer.
//
// Lines wait in a queue with a bound. A line that finds it full is dropped and counted, and the
// next line that is written says how many were. Errors have room of their own beyond the bound of
// the others, so that a flood of small news cannot hide them. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace cachery::log {

enum class Urgency : uint8_t { ordinary, error };

class LogWriter {
 public:
  struct Needs {
    int descriptor = -1;
    // The line that says that so many were dropped.
    std::function<std::string(uint64_t lines)> dropped_line = {};
    // Called by the writer's thread about once in `round`, for what is gathered before it is told.
    std::function<void()> on_round = {};
    std::chrono::milliseconds round{1'000};
  };
  static constexpr size_t kOrdinaryBytesMax = 1u << 20;
  static constexpr size_t kErrorBytesMax = 256u << 10;  // beyond those
  // A pipe that is ready takes this much at once without making the writer wait.
  static constexpr size_t kPieceBytes = 4096;

  // Its thread lives as long as the process: it may be inside a write that never ends.
  static LogWriter& start(Needs needs);

  // Never waits. `line` ends with its newline.
  void add(Urgency urgency, std::string_view line);
  // Waits for the lines that are there to be written, and no longer than `patience`. False: some
  // were not.
  bool finish(std::chrono::milliseconds patience);

 private:
  explicit LogWriter(Needs needs);
  void run();
  void write_out(std::string_view bytes);

  const Needs needs_;

  std::mutex mutex_;
  std::condition_variable has_lines_;
  std::condition_variable is_idle_;
  // guarded by mutex_
  std::string waiting_;
  uint64_t dropped_ = 0;
  bool is_writing_ = false;
};

}  // namespace cachery::log
