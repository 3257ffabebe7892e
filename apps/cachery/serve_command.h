// `cachery serve`: everything on one machine. This header is its flags, made of the table of
// settings, and where they go; serve_command.cc puts the planes together and runs them.
#pragma once

#include <CLI/CLI.hpp>

#include "settings.h"
#include "terminal.h"

namespace cachery {

// `terminal` must outlive `program`.
void add_serve_command(CLI::App& program, Terminal& terminal);

// Runs until SIGTERM or SIGINT; the exit code. `sources` is what SIGHUP reads again.
int serve(const Settings& settings, const SettingSources& sources, Terminal& terminal);

}  // namespace cachery
