// The commands that are a few lines each: `tls ca`, `settings --markdown`, `version`.
// None of them needs a running service.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

// `terminal` must outlive `program`, for all of them.
void add_tls_commands(CLI::App& program, Terminal& terminal);
void add_settings_command(CLI::App& program, Terminal& terminal);
void add_version_command(CLI::App& program, Terminal& terminal);

}  // namespace cachery
