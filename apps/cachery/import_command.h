// `cachery import`: copies what a running memcached holds into a cache (moving/copy.h does it; this
// is its flags, its progress bar and its summary). With --follow see follow_command.h.
#pragma once

#include "terminal.h"

namespace cachery {

void add_import_command(CLI::App& program, Terminal& terminal);

}  // namespace cachery
