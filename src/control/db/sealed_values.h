// Every value in the database that is sealed with the master key, in one table, for the one who
// changes that key. A column that is sealed and not in the table would be lost by that, so its test
// seals one of each kind. One of them is a known text: it tells another key, however well formed,
// before that seals anything. Rejected: to try any password that is there, since there may be none,
// or one that was damaged.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "control/seal.h"

namespace cachery::control::db {

using Reseal = std::function<Result<std::string>(std::string_view sealed)>;

// Puts what `reseal` returns in the place of each sealed value, in one transaction: all or none.
// Returns how many there are. No service may run on the database: it would seal with the old key.
[[nodiscard]] Result<uint64_t> reseal_all(const std::string& database, const Reseal& reseal);

// conflict: the database is sealed with another key. One that bears no check value yet is given it:
// when it is new, or when the key opens what is sealed in it (all but what is damaged). Brings the
// schema up to date. Any other fault: the database cannot be used.
[[nodiscard]] Status check_master_key(const std::string& database, const Sealer& sealer);

}  // namespace cachery::control::db
