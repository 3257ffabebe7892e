// The store of a process that ends in time: once the end has begun, no call waits for the database
// any more, however it hangs, and those under way are given up. Nothing was changed then, or what
// was changed is whole, as after any fault.
#pragma once

#include "base/ending.h"
#include "control/db/rows_store.h"

namespace cachery::control::db {

// As open_store (rows_store.h). `ending` must outlive it.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(const std::string& database,
                                                        const Ending& ending);

}  // namespace cachery::control::db
