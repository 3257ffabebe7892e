// `cachery backup FILE` and `cachery restore FILE`: all records to one file and back. Neither asks
// the service: a backup reads the database beside it, a restore wants it stopped and takes its
// lock.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

// `terminal` must outlive `program`.
void add_backup_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
