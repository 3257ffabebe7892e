// One answered request as whoever looks at a cache sees it. The texts live as long as the program,
// the key as long as the call that the event is handed to.
#pragma once

#include <cstdint>
#include <string_view>

#include "insight/sample.h"

namespace cachery::insight {

// Of a key or a prefix, what is kept: the default bound of a key's length.
inline constexpr size_t kNameBytesMax = 250;

struct Event {
  std::string_view key = {};
  uint64_t hash = 0;
  uint32_t value_bytes = 0;    // of what was read or stored
  uint32_t charged_bytes = 0;  // of the whole item, where they are known
  uint32_t expiry = 0;         // of what is stored
  Act act = Act::other;
  const char* command = "";  // "GET"
  const char* status = "";   // "OK"
};

constexpr bool is_mutation(Act act) {
  return act == Act::store || act == Act::change || act == Act::remove;
}

}  // namespace cachery::insight
