// What this process may use of the machine, containers considered: a limit of its control group
// counts before the machine's own size, or the kernel would end the service for using its default.
#pragma once

#include <cstdint>

namespace cachery {

uint64_t machine_memory_bytes();
uint32_t machine_cores();

}  // namespace cachery
