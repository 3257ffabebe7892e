#include "machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

namespace cachery {
namespace {

// The number in a file of the control group's, or the largest when there is none ("max").
uint64_t limit_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  uint64_t bytes = 0;
  return in >> bytes ? bytes : UINT64_MAX;
}

// This process's place in the hierarchy: "/system.slice/cachery.service".
std::filesystem::path control_group() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("0::/")) return line.substr(4);
  }
  return {};
}

uint64_t control_group_bytes() {
  const std::filesystem::path root = "/sys/fs/cgroup";
  uint64_t bytes = limit_in(root / "memory/memory.limit_in_bytes");  // the first version's
  // A limit holds for all groups below it, so the least one on the way up counts.
  for (std::filesystem::path group = control_group();; group = group.parent_path()) {
    bytes = std::min(bytes, limit_in(root / group / "memory.max"));
    if (group.empty()) return bytes;
  }
}

}  // namespace

uint64_t machine_memory_bytes() {
  const auto pages = static_cast<uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  const auto page_bytes = static_cast<uint64_t>(std::max(::sysconf(_SC_PAGESIZE), 0L));
  return std::min(pages * page_bytes, control_group_bytes());
}

uint32_t machine_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return static_cast<uint32_t>(std::max(CPU_COUNT(&cores), 1));
}

}  // namespace cachery
