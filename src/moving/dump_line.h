// A line of memcached's `lru_crawler metadump`, which tells the keys of a running server:
//     key=user%3A1 exp=1795279599 la=1795279500 cas=17 fetch=yes cls=3 size=96 flags=0
// The key is percent-encoded. `exp` is unix time, -1 for never. Fields were added over the
// versions, so they are found by name. Source: doc/protocol.txt of memcached.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachery::moving {

struct DumpedKey {
  std::string key = {};
  int64_t expires_at = 0;  // unix seconds; 0: never
};

// Nothing: not a line of a dump.
std::optional<DumpedKey> parse_dump_line(std::string_view line);

// Whether a text command can name the key: 1 to 250 bytes without a blank, a line's end or a zero
// byte. A tab is part of a key.
bool is_text_key(std::string_view key);

}  // namespace cachery::moving
