// Our one dialect of SQL in PostgreSQL's words: `?` becomes $1, $2 and on, the type BLOB becomes
// BYTEA. What stands in quotes is left alone. Text to text, so that it needs no server to be
// tested.
#pragma once

#include <string>
#include <string_view>

namespace cachery::control::db {

std::string with_numbered_values(std::string_view sql);
std::string with_bytea(std::string_view sql);

}  // namespace cachery::control::db
