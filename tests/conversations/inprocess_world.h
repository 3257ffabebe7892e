// Our own session engine as the world of a conversation: sessions, executor and store in this
// process, with a clock that stands still until it is moved. Days pass in no time, and a request is
// cut exactly where the conversation says, which a network never promises.
#pragma once

#include <memory>

#include "base/error.h"
#include "conversation.h"
#include "world.h"

namespace cachery::conversation {

// With accounts: the same people as in cachery_world.h.
[[nodiscard]] Result<std::unique_ptr<World>> make_inprocess_world(const Conversation& conversation);

}  // namespace cachery::conversation
