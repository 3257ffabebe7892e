// Waiting on a handful of sockets, for threads that are no event loop (the acceptor), and waking
// them or a loop up from another thread.
#pragma once

#include <string_view>
#include <vector>

#include "net/socket.h"

namespace cachery::net {

// Which of the sockets have something to read or accept; -1 entries never have.
std::vector<bool> poll_readable(const std::vector<int>& sockets, int timeout_ms);

// A descriptor that another thread makes readable.
OwnedSocket make_wakeup();
void wake(int wakeup);
void clear_wakeup(int wakeup);

// A last word to a peer that is about to be closed: what does not fit at once is not sent.
void send_once(int socket, std::string_view bytes);

}  // namespace cachery::net
