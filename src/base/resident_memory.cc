#include "base/resident_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace cachery {

uint64_t resident_memory_bytes() {
  std::ifstream in("/proc/self/statm");  // proc(5): pages, of which resident
  uint64_t pages = 0;
  uint64_t resident_pages = 0;
  if (!(in >> pages >> resident_pages)) return 0;
  return resident_pages * static_cast<uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
}

}  // namespace cachery
