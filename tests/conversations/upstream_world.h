// Upstream memcached as the world of a conversation: the oracle. Every conversation gets a process
// of its own, because cas values, flush times and counters outlive a flush.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "conversation.h"
#include "world.h"

namespace cachery::conversation {

// unavailable when there is no such program or it does not say its version.
[[nodiscard]] Result<Version> ask_upstream_version(const std::string& program);

// With accounts: authentication in ASCII, as upstream has it, and `owner` is the only person.
[[nodiscard]] Result<std::unique_ptr<World>> make_upstream_world(const std::string& program,
                                                                 const Conversation& conversation);

}  // namespace cachery::conversation
