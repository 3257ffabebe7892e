#include "control/db/migrations.h"

#include <fmt/format.h>

#include "base/check.h"

namespace cachery::control::db {
namespace {

// Written by CMake from schema/*.sql.
constexpr Migration kMigrations[] = {
#include "control/db/migrations.inc"
};

Result<int> schema_number(Sqlite& database) {
  if (auto made = database.run("CREATE TABLE IF NOT EXISTS schema_migrations ("
                               "number INTEGER PRIMARY KEY, name TEXT NOT NULL)");
      !made) {
    return std::unexpected(made.error());
  }
  auto statement = database.prepare("SELECT coalesce(max(number), 0) FROM schema_migrations");
  if (!statement) return std::unexpected(statement.error());
  const auto stepped = statement->step();
  if (!stepped) return std::unexpected(stepped.error());
  return static_cast<int>(statement->integer());
}

Status apply(Sqlite& database, const Migration& step) {
  const auto applied = database.run(
      fmt::format("BEGIN IMMEDIATE; {} INSERT INTO schema_migrations (number, name) "
                  "VALUES ({}, '{}'); COMMIT;",
                  step.sql, step.number, step.name));
  if (applied) return {};
  // The step's error is the one to tell: a rollback only fails when it has happened already.
  static_cast<void>(database.run("ROLLBACK"));
  return fail(applied.error().fault, fmt::format("cannot bring the database to schema {}: {}",
                                                 step.name, applied.error().detail));
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Status migrate(Sqlite& database, std::span<const Migration> steps) {
  CHECK(!steps.empty());
  const auto present = schema_number(database);
  if (!present) return std::unexpected(present.error());
  if (*present > steps.back().number) {
    return fail(Fault::conflict,
                fmt::format("the database has schema {}, this program knows up to {}: start the "
                            "newer program that it was last used with",
                            *present, steps.back().number));
  }
  for (const Migration& step : steps) {
    if (step.number <= *present) continue;
    if (auto applied = apply(database, step); !applied) return applied;
  }
  return {};
}

}  // namespace cachery::control::db
