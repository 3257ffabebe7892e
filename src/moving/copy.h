// Copies what a running memcached holds into a cache, at a bounded rate, while both serve.
//
// The source tells its keys first (key_list.h), all of them. Then batches of keys are read by one
// `get` and written by pipelined `add`s. Rejected: `mgdump`, which is newer and leaves out when
// items expire; a list of keys in memory, which at 100 million keys is gigabytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/error.h"
#include "moving/server.h"

namespace cachery::moving {

struct CopySettings {
  Server from = {};
  Server to = {};
  uint64_t items_per_second = 0;  // at most; 0: no bound
  bool overwrites = false;        // what the target has already
};

struct Progress {
  uint64_t keys = 0;          // told by the source
  bool is_list_whole = true;  // false: it fell silent or closed while it told them
  uint64_t done = 0;          // of those, dealt with
  uint64_t copied = 0;
  uint64_t copied_bytes = 0;  // of values
  uint64_t gone = 0;          // expired or deleted before they were read
  uint64_t kept = 0;          // there already, and left as they were
  uint64_t too_large = 0;
  uint64_t unreadable = 0;   // keys that no text command can name
  uint64_t refused = 0;      // by the target, for another reason
  std::string refusal = {};  // the target's words for the last of those
};

// `report` is called after each batch. Fails (unavailable, unauthorized, invalid) when a server
// does not answer, refuses the login or cannot tell its keys; what was copied until then stays.
[[nodiscard]] Result<Progress> copy_items(const CopySettings& settings,
                                          const std::function<void(const Progress&)>& report);

}  // namespace cachery::moving
