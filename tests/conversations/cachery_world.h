// Our program as the world of a conversation: `serve --local` where nobody has to authenticate, the
// whole service with caches and credentials where the conversation says `needs: accounts`.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "conversation.h"
#include "world.h"

namespace cachery::conversation {

// With accounts there are two caches. Of the first: `owner` may do all, `reader` may only read,
// `writer` may write and not flush, `tenant` has the key prefix `app:`. Of the second: `other`.
[[nodiscard]] Result<std::unique_ptr<World>> make_cachery_world(const std::string& program,
                                                                const Conversation& conversation);

}  // namespace cachery::conversation
