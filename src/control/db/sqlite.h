// A Connection to SQLite. The only file that calls it, and the one place where its result codes
// become Faults: locked, full and unreadable are `unavailable` (try again, nothing was written), a
// broken uniqueness is `conflict`. WAL, so that readers wait for no writer; synchronous FULL, so
// that what was acknowledged survives a power cut.
#pragma once

#include <filesystem>
#include <memory>

#include "base/ending.h"
#include "control/db/connection.h"

namespace cachery::control::db {

// An empty path is a database in memory that goes with the object. The file is made when missing,
// for its owner only. invalid: it is no regular file, or may not be written. Once `ending` has
// begun, nothing waits for another process any more; null: the process does not say when it ends.
[[nodiscard]] Result<std::unique_ptr<Connection>> open_sqlite(const std::filesystem::path& path,
                                                              const Ending* ending = nullptr);
// Copies a database that may be in use, as it is at one moment, without stopping its writers. What
// was in `to` is replaced whole or not at all; it is made when missing, for its owner only.
[[nodiscard]] Status copy_sqlite(const std::filesystem::path& from,
                                 const std::filesystem::path& to);

}  // namespace cachery::control::db
