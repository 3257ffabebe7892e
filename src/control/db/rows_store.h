// The store, over any engine: one connection that writes, a few that read beside it (they wait for
// no writer), each made when it is first needed and made anew when it was lost. A database in
// memory has one connection for both. The data plane never comes here.
#pragma once

#include <memory>
#include <string>

#include "control/db/connection.h"
#include "control/store.h"

namespace cachery::control::db {

// `database` is an address (postgresql://…), or the path of an SQLite file, made when missing;
// empty keeps all in memory, for as long as the store lives. Brings the schema up to date.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const std::string& database);
// One connection to it, as it is.
[[nodiscard]] Result<std::unique_ptr<Connection>> connect(const std::string& database);

}  // namespace cachery::control::db
