// Another memcached as a command line names it, and how one gets in. Both copy.h and follow.h ask
// two of them: the old one and the cache.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/line_stream.h"

namespace cachery::moving {

struct Server {
  std::string address = {};   // "host:port"
  std::string username = {};  // empty: no login
  std::string password = {};
  net::TlsContext tls = nullptr;  // null: plain
};

// Connected and, where there is a username, logged in by text: with both words as the value, as
// upstream's `-Y` wants it, or with the password under the username, as hosted services do.
// `patience` is for each answer. unavailable, or unauthorized.
[[nodiscard]] Result<net::LineStream> open_server(const Server& server,
                                                  std::chrono::milliseconds patience);

// The words of "VALUE key flags bytes", as an answer to `get` begins.
struct ValueLine {
  std::string_view key = {};  // of the line
  std::string_view flags = {};
  size_t bytes = 0;
};

// False: it is no such line.
bool read_value_line(std::string_view line, ValueLine& out);

}  // namespace cachery::moving
