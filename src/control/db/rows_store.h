// The store, over any engine: one connection that writes, a few that read beside it (they wait for
// no writer), each made when it is first needed and made anew when it was lost. A database in
// memory has one connection for both. The data plane never comes here.
#pragma once

#include <filesystem>
#include <memory>

#include "control/store.h"

namespace cachery::control::db {

// Opens the file, makes it when missing, brings its schema up to date. An empty path keeps all in
// memory, for as long as the store lives.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const std::filesystem::path& path);

}  // namespace cachery::control::db
