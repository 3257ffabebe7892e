// Every value in the database that is sealed with the master key, in one table, for the one who
// changes that key. A column that is sealed and not in the table would be lost by that, so its test
// seals one of each kind.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cachery::control::db {

using Reseal = std::function<Result<std::string>(std::string_view sealed)>;

// Puts what `reseal` returns in the place of each sealed value, in one transaction: all or none.
// Returns how many there are. No service may run on the database: it would seal with the old key.
[[nodiscard]] Result<uint64_t> reseal_all(const std::string& database, const Reseal& reseal);

}  // namespace cachery::control::db
