// The subcommands `cachery plan …`: what caches can be. They ask the admin API, as `cachery cache
// …` does.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

// `terminal` must outlive the program.
void add_plan_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
