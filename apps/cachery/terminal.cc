#include "terminal.h"

#include <fmt/format.h>

#include <ostream>

namespace cachery {

namespace {

// A message may quote what another server sent: its control bytes would speak to the terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = (byte < 0x20 && c != '\n') || byte == 0x7f;
    out += is_control ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return out;
}

}  // namespace

void Terminal::report(const Error& error, int code) {
  err << "cachery: " << printable(error.detail) << '\n';
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
