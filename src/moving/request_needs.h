// What a request of an application means to a follower: does its answer depend on an item that the
// old server may have, and does it make the key the application's own? Decided by the verb alone;
// whether the cache then carries the request out is not waited for, since to hold a key for written
// that was not only costs a copy.
#pragma once

#include <optional>
#include <string>

#include "protocol/request.h"

namespace cachery::moving {

struct Needs {
  bool item = false;     // reads it, changes it, or stores only where there is none
  bool writes = false;   // stores, deletes, or changes when it ends
  bool flushes = false;  // all keys
};

Needs needs_of(const protocol::Request& request);

// The key as a text command names it. Nothing: none, or no text command can.
std::optional<std::string> text_key_of(const protocol::Request& request);

}  // namespace cachery::moving
