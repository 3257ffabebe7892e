// The subcommands `cachery cluster …`: what the clusters are called, where they stand and what they
// are for. They ask the admin API, as `cachery cache …` does.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

// `terminal` must outlive the program.
void add_cluster_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
