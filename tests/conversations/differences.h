// Keeps docs/protocol.md and the conversations in step: whatever is marked `only us:` or `differs:`
// stands in a table of that page, and whatever stands there is marked. The page is written by hand,
// because its reasons are for people; only its first column is compared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conversation.h"

namespace cachery::conversation {

// One line for each conversation or row without its counterpart; none: they are in step.
[[nodiscard]] std::vector<std::string> find_undocumented(
    const std::vector<Conversation>& conversations, std::string_view page);

}  // namespace cachery::conversation
