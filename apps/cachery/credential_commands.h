// `cachery credential create|list|delete|update|promote CACHE [CREDENTIAL]`. A credential is named
// by its username, which people have in front of them, or by its id.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

// `terminal` must outlive `program`.
void add_credential_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
