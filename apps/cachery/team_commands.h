// `cachery team`: the teams of a running service, and how much of what everybody shares each may
// hold. Who is in a team is for its owners, on the dashboard.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

void add_team_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
