// Plays a conversation in a world: says its lines, and compares what comes back byte for byte.
// Whatever a conversation leaves unsaid is checked too: at its end, and at every `silence`, a round
// trip on each open connection shows that nothing else was sent. Waiting for nothing would cost
// time on a quick machine and prove nothing on a slow one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "conversation.h"
#include "world.h"

namespace cachery::conversation {

enum class Outcome { passed, failed, skipped };

struct Verdict {
  Outcome outcome = Outcome::passed;
  std::string detail;  // of a failure: place, sent, expected, got; of a skip: why
};

using Create = std::function<Result<std::unique_ptr<World>>(const Conversation&)>;

// Plays it as written and, where it says `split:`, byte by byte and in two at every byte.
[[nodiscard]] Verdict play(const Conversation& conversation, const Place& place,
                           const Create& create);

}  // namespace cachery::conversation
