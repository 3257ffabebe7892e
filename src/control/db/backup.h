// One file that holds all records as they were at one moment, taken while the service runs, and the
// way back. The file is an SQLite database for its owner only, passwords in it are sealed: without
// the master key, which is kept elsewhere, it opens none. PostgreSQL has programs of its own for
// this, which the refusal names.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "control/seal.h"

namespace cachery::control::db {

// conflict: the file is there already. It appears whole, synced, or not at all.
[[nodiscard]] Status back_up(const std::string& database, const std::filesystem::path& file);
// Replaces all records, or none: the file is checked before, and is not changed. No service may run
// on the database; whoever calls holds the lock of its data directory. conflict: the key of
// `sealer` is not the backup's; null: not known yet, the next start tells.
[[nodiscard]] Status restore(const std::filesystem::path& file, const std::string& database,
                             const Sealer* sealer = nullptr);

}  // namespace cachery::control::db
