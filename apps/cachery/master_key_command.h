// `cachery master-key rotate`: another master key, and all that is sealed in the database sealed
// with it. The service must be stopped.
//
// The new key is written beside the old one first (master.key.next), then the database is changed
// in one transaction, then the new key takes the old one's place. When this is cut short, both keys
// are there, and the check value in the database tells which one is its own: the old one, and the
// new one is dropped; the new one, and the service does not start until running this again
// finishes.
#pragma once

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "data_dir.h"
#include "terminal.h"

namespace cachery {

// `terminal` must outlive `program`.
void add_master_key_commands(CLI::App& program, Terminal& terminal);

// Removes the key that is to be, when the database is sealed with the one that is: a change that
// failed or was cut short before it came about. Nothing is done else.
[[nodiscard]] Status drop_unused_next_key(const DataDir& data_dir, const std::string& database);

}  // namespace cachery
