// A connection of a conversation over TCP on the loopback address. What it sends leaves at once
// (no Nagle), because conversations are cut into packets on purpose.
#pragma once

#include <memory>

#include "base/error.h"
#include "world.h"

namespace cachery::conversation {

// unavailable when nobody listens there.
[[nodiscard]] Result<std::unique_ptr<Connection>> connect_tcp(int port);

// Sends one request on a connection of its own and wants exactly this answer.
[[nodiscard]] Status ask_tcp(int port, std::string_view request, std::string_view answer);

}  // namespace cachery::conversation
