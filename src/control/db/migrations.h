// The database's schema as numbered steps (schema/0001_*.sql and on), built into the executable and
// applied at start, each in a transaction of its own together with its number. A database with a
// higher number than the program knows is refused: an older program would not know what it breaks.
#pragma once

#include <span>
#include <string_view>

#include "control/db/sqlite.h"

namespace cachery::control::db {

struct Migration {
  int number = 0;
  std::string_view name;
  std::string_view sql;
};

std::span<const Migration> migrations();
[[nodiscard]] Status migrate(Sqlite& database, std::span<const Migration> steps);

}  // namespace cachery::control::db
