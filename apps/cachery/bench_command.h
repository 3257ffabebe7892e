// `cachery bench`: the load generator of bench/ as a command that a user can aim at any
// memcached-compatible server. This file is the table of its flags and nothing else.
#pragma once

#include <CLI/CLI.hpp>

namespace cachery {

// Adds the command to `program`. When it has been run, `exit_code` is 0 if every answer was right,
// 1 if one was not, and 2 if the load could not be made.
void add_bench_command(CLI::App& program, int& exit_code);

}  // namespace cachery
