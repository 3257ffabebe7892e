// Numbers that only grow: an id is never given twice, not even after a delete. A sequence is a name
// and nothing else; it comes into being in the database when its first number is taken, so a noun
// declares its own beside its record. Rejected: the engine's own sequences, which SQLite lacks and
// which lose numbers when a transaction fails.
#pragma once

#include <cstdint>
#include <string_view>

namespace cachery::control {

struct Sequence {
  std::string_view name;
  uint64_t first = 1;
};

// Of the snapshots that nodes are given.
inline constexpr Sequence kRevisions{.name = "revision"};

}  // namespace cachery::control
