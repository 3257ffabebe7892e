// The database's schema as numbered steps (schema/0001_*.sql and on, gaps allowed), built into the
// executable and applied at start: all that are missing, in the order of their numbers, in one
// transaction with their numbers, so that two processes that start at once do it once. A database
// with a number that the program does not know is refused: an older program would not know what it
// breaks.
#pragma once

#include <span>
#include <string_view>

#include "control/db/connection.h"

namespace cachery::control::db {

struct Migration {
  int number = 0;
  std::string_view name;
  std::string_view sql;
};

// In the order of their numbers.
std::span<const Migration> migrations();
// Whether the program knows all that the database has; changes nothing.
[[nodiscard]] Status check_schema(Connection& database, std::span<const Migration> steps);
[[nodiscard]] Status migrate(Connection& database, std::span<const Migration> steps);

}  // namespace cachery::control::db
