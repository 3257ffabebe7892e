// What a command reads and writes, so that a test can be the terminal: the streams, and the exit
// code that the command leaves (0 done, 1 failed, 2 wrong usage or settings).
#pragma once

#include <CLI/CLI.hpp>
#include <iosfwd>

#include "base/error.h"

namespace cachery {

inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  int exit_code = 0;

  // One line on stderr, and the exit code of the fault.
  void report(const Error& error, int code = kExitFailed);
};

// Parses the arguments and runs the command that they name; the exit code. A wrong argument is one
// line on stderr and exit code 2, --help is no error.
int run_program(CLI::App& program, int argc, const char* const* argv, Terminal& terminal);

}  // namespace cachery
