// For tests: an empty database of either engine. A suite over ServicesFixture runs on the engine
// that CACHERY_TEST_DATABASE names (sqlite when it names none), and CMake runs it on both. Where
// PostgreSQL is not installed the program says so and ends with 77, which ctest counts as skipped.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "control/db/postgresql_server_fixture.h"
#include "control/db/rows_store.h"

namespace cachery::control::db {

enum class Engine { sqlite, postgresql };

inline constexpr int kSkipped = 77;
inline constexpr const char* kNoPostgresql =
    "PostgreSQL is not installed (tools/setup test installs it)";

inline Engine engine_of_environment() {
  const char* name = std::getenv("CACHERY_TEST_DATABASE");
  return name != nullptr && std::string_view(name) == "postgresql" ? Engine::postgresql
                                                                   : Engine::sqlite;
}

// One for the whole test program: a server takes seconds to make, a schema in it milliseconds.
inline PostgresqlServer& shared_postgresql() {
  if (PostgresqlServer::programs().empty()) {
    std::puts(kNoPostgresql);
    std::exit(kSkipped);
  }
  static PostgresqlServer server;
  return server;
}

// What open_store() takes. In memory for SQLite.
inline std::string make_database(Engine engine = engine_of_environment()) {
  return engine == Engine::postgresql ? shared_postgresql().make_database() : std::string();
}

}  // namespace cachery::control::db
