// A Connection to PostgreSQL by libpq. The only file that calls it, and the one place where its
// SQLSTATEs become Faults. Writers take an advisory lock with their transaction, so that they are
// one at a time over all processes, as they are on SQLite: READ COMMITTED is then serializable,
// nothing fails to serialise and nothing runs twice. Readers have one consistent view (REPEATABLE
// READ). Every wait has an end: a server that vanished, hangs or cannot be reached is
// `unavailable`, and the connection lost; who owns it makes another.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/ending.h"
#include "control/db/connection.h"

namespace cachery::control::db {

// Whether a database is named by a PostgreSQL address: postgresql://… or postgres://…
bool is_postgresql(std::string_view database);

// The address is libpq's: host, port, user, password, sslmode and options (for example
// options=-csearch_path%3Dcachery for a schema of our own). No error repeats it.
// Once `ending` has begun, nothing waits for the server any more; null: the process does not say
// when it ends.
[[nodiscard]] Result<std::unique_ptr<Connection>> open_postgresql(const std::string& address,
                                                                  const Ending* ending = nullptr);

}  // namespace cachery::control::db
