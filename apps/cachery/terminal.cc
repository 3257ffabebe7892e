#include "terminal.h"

#include <ostream>

namespace cachery {

void Terminal::report(const Error& error, int code) {
  err << "cachery: " << error.detail << '\n';
  exit_code = code;
}

int run_program(CLI::App& program, int argc, const char* const* argv, Terminal& terminal) {
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help
    return program.exit(asked, terminal.out, terminal.err);
  } catch (const CLI::Error& error) {
    terminal.report({Fault::invalid, std::string(error.what()) + ": see --help"}, kExitUsage);
  }
  return terminal.exit_code;
}

}  // namespace cachery
