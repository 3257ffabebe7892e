// The subcommands `cachery account …`: what an operator does about people. They ask the admin API,
// as `cachery cache …` does. An account is named by its e-mail address or its id.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

// `terminal` must outlive the program.
void add_account_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
