// How much of the machine's memory this process holds at this moment, as the kernel counts it: what
// an operator compares with what caches are charged.
#pragma once

#include <cstdint>

namespace cachery {

// 0 where the system does not tell. A system call or two: for people and for jobs.
uint64_t resident_memory_bytes();

}  // namespace cachery
