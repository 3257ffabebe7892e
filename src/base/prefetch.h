// Asks for a cache line ahead of its use. Not __builtin_prefetch: gcc 12 takes a function that does
// nothing else for one without effect and drops its body, and a third of the throughput with it.
#pragma once

namespace cachery {

inline void prefetch(const void* address) {
#if defined(__x86_64__)
  asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char*>(address)));
#elif defined(__aarch64__)
  asm volatile("prfm pldl1keep, %0" : : "Q"(*static_cast<const char*>(address)));
#else
  __builtin_prefetch(address);
#endif
}

}  // namespace cachery
