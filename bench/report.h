// What a load's report looks like, to a person and to a program. The names of the JSON fields are
// read by bench/compare and by users' scripts.
#pragma once

#include <string>

#include "bench/load.h"

namespace cachery::bench {

std::string report_as_text(const LoadReport& report);
// One object on one line.
std::string report_as_json(const LoadReport& report);
// Whether every answer was right: no error, no wrong value, no lost connection.
bool is_sound(const LoadReport& report);

}  // namespace cachery::bench
