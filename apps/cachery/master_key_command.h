// `cachery master-key rotate`: another master key, and all that is sealed in the database sealed
// with it. The service must be stopped.
//
// The new key is written beside the old one first (master.key.next), then the database is changed
// in one transaction, then the new key takes the old one's place. Whenever this is cut short, both
// keys are there, the service does not start, and running it again finishes: each value is opened
// with the key that fits.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "terminal.h"

namespace cachery {

// `terminal` must outlive `program`.
void add_master_key_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
