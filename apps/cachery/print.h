// How records look on a terminal: aligned columns for many, aligned names and values for one. Texts
// for a shell are quoted so that no value can be more than a value.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "http/json.h"

namespace cachery {

// The first row is the heading.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows);
void print_cache(std::ostream& out, const http::json::value& cache);
void print_caches(std::ostream& out, const http::json::array& caches);
void print_credentials(std::ostream& out, const http::json::array& credentials);
void print_clusters(std::ostream& out, const http::json::array& clusters);
// MEMCACHIER_SERVERS, _USERNAME and _PASSWORD of a cache.
http::json::object variables_of(const http::json::value& cache);
void print_variables(std::ostream& out, const http::json::value& cache);

// In single quotes, as a POSIX shell reads it back.
std::string shell_quoted(std::string_view text);

}  // namespace cachery
