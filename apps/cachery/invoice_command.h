// `cachery invoice list|show|preview|export`: bills, for people and for the program that collects
// the money. An export is printed as the service answers it, so that it can be piped on.
#pragma once

#include <CLI/CLI.hpp>

#include "terminal.h"

namespace cachery {

// `terminal` must outlive `program`.
void add_invoice_commands(CLI::App& program, Terminal& terminal);

}  // namespace cachery
