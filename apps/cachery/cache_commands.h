// `cachery cache create|list|show|env|flush|resize|rename|enable|disable|delete`: one function a
// verb, each a question to the admin API and a way to show its answer.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

// `terminal` must outlive `program`.
void add_cache_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
