// A server of a test's own: started, read until it is ready, and gone with its owner. It is killed
// by its pid and dies with its parent, so that an interrupted run leaves nothing behind. Test
// frameworks' process helpers either go through a shell or cannot promise the second.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/error.h"

namespace cachery::conversation {

class Process {
 public:
  // Standard output can be read with read_line and read_all; standard error goes nowhere.
  [[nodiscard]] static Result<Process> start(const std::vector<std::string>& arguments);

  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  // unavailable when the process ends, or says nothing in time.
  [[nodiscard]] Result<std::string> read_line(std::chrono::milliseconds patience);

  // All of standard output, once the process has ended with exit code 0.
  [[nodiscard]] Result<std::string> read_all(std::chrono::milliseconds patience);

  [[nodiscard]] bool is_running();

 private:
  Process(pid_t pid, int output) : pid_(pid), output_(output) {}
  void end();
  bool read_some(std::chrono::steady_clock::time_point until);

  pid_t pid_ = -1;
  int output_ = -1;
  std::string read_;
};

// A port of the loopback address that was free a moment ago. Another process may take it first:
// who starts a server on it tries again.
[[nodiscard]] Result<int> free_port();

}  // namespace cachery::conversation
