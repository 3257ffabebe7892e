// The records in one SQLite file (or in memory): the default store, with nothing to set up. One
// connection behind one mutex: changes are rare, small and serialised by SQLite in any case, and
// reads take microseconds. The data plane never comes here.
#pragma once

#include <filesystem>
#include <memory>

#include "control/store.h"

namespace cachery::control::db {

// Opens the file, makes it when missing, brings its schema up to date. An empty path keeps all in
// memory, for as long as the store lives.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& path);

}  // namespace cachery::control::db
