#include "control/db/migrations.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace cachery::control::db {
namespace {

// Written by CMake from schema/*.sql.
constexpr Migration kMigrations[] = {
#include "control/db/migrations.inc"
};

int read_number(Statement& row) { return static_cast<int>(row.integer()); }

Result<std::vector<int>> applied_numbers(Connection& database) {
  if (auto made = database.run("CREATE TABLE IF NOT EXISTS schema_migrations ("
                               "number INTEGER PRIMARY KEY, name TEXT NOT NULL)");
      !made) {
    return std::unexpected(made.error());
  }
  return database.prepare("SELECT number FROM schema_migrations ORDER BY number").all(read_number);
}

Status check_all_known(const std::vector<int>& applied, std::span<const Migration> steps) {
  for (const int number : applied) {
    if (std::ranges::find(steps, number, &Migration::number) != steps.end()) continue;
    return fail(Fault::conflict,
                fmt::format("the database has schema {}, this program knows up to {}: start the "
                            "newer program that it was last used with",
                            std::max(number, applied.back()), steps.back().number));
  }
  return {};
}

Status apply(Connection& database, const Migration& step) {
  auto applied = database.run(std::string(step.sql));
  if (applied) {
    applied = database.prepare("INSERT INTO schema_migrations (number, name) VALUES (?, ?)")
                  .bind(step.number)
                  .bind(step.name)
                  .run();
  }
  if (applied) return {};
  return fail(applied.error().fault, fmt::format("cannot bring the database to schema {}: {}",
                                                 step.name, applied.error().detail));
}

Status apply_missing(Connection& database, std::span<const Migration> steps) {
  const auto applied = applied_numbers(database);
  if (!applied) return std::unexpected(applied.error());
  if (auto known = check_all_known(*applied, steps); !known) return known;
  for (const Migration& step : steps) {
    if (std::ranges::binary_search(*applied, step.number)) continue;
    if (auto done = apply(database, step); !done) return done;
  }
  return {};
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Status check_schema(Connection& database, std::span<const Migration> steps) {
  const auto applied =
      database.prepare("SELECT number FROM schema_migrations ORDER BY number").all(read_number);
  if (!applied) return std::unexpected(applied.error());
  return check_all_known(*applied, steps);
}

Status migrate(Connection& database, std::span<const Migration> steps) {
  CHECK(!steps.empty());
  if (auto begun = database.begin(Access::write); !begun) return begun;
  auto done = apply_missing(database, steps);
  if (done) done = database.commit();
  if (!done) database.rollback();
  return done;
}

}  // namespace cachery::control::db
