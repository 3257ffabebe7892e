// What a cache is called: its id, the name that people give it, and the short one that the
// analytics API has for it; and the error of who asks for one that there is not.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "control/cache_records.h"

namespace cachery::control {

class Records;

inline constexpr size_t kCacheNameBytesMax = 64;

// invalid: what cannot be told from an id, or cannot be shown.
[[nodiscard]] Status check_cache_name(std::string_view name);
// Within a transaction. conflict: another cache of the team has the name, in any case.
[[nodiscard]] Status check_cache_name_is_free(Records& records, const CacheRecord& cache);

// Six upper-case hex digits, as the analytics API names a cache: "1A2B3C". Made of the id by a
// permutation of 24 bits, so that it is unique (for the first 16.7 million) and needs no column.
std::string short_name_of(CacheId id);

// As if there were none: also for what the caller may not see.
std::unexpected<Error> no_such_cache(std::string_view id_or_name);
std::unexpected<Error> no_such_cache(CacheId id);

// Within a transaction. not_found also when it is deleted.
[[nodiscard]] Result<CacheRecord> find_live_cache(Records& records, CacheId id);

}  // namespace cachery::control
