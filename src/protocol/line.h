// What the parsers of the two line dialects share: a line, the ways to answer it at once, and the
// value behind it. Internal to protocol/.
#pragma once

#include <span>
#include <string_view>

#include "protocol/parse.h"
#include "protocol/tokens.h"

namespace cachery::protocol {

inline constexpr std::string_view kBadFormat = "CLIENT_ERROR bad command line format\r\n";
inline constexpr std::string_view kTooLarge = "SERVER_ERROR object too large for cache\r\n";

// A command line found in the input.
struct Line {
  std::string_view text;        // without its line end
  size_t bytes = 0;             // with it
  std::span<const char> input;  // all that was received, from the line's first byte
};

inline Parsed completed(size_t consumed) { return {ParseStatus::complete, consumed, 0}; }

// The whole answer is `text`.
inline Parsed reply(Request& out, std::string_view text, size_t consumed) {
  out.verb = Verb::reply;
  out.text = text;
  return completed(consumed);
}

// As reply, once the value that the line announced has been passed over. `text` is a literal.
inline Parsed reply_and_swallow(ParseState& state, Request& out, std::string_view text,
                                const Line& line, uint32_t value_bytes) {
  state.swallow_bytes = value_bytes + 2;
  return reply(out, text, line.bytes);
}

// The value behind the line: complete, or how much is still to come. A value that does not end as
// it must is an error that upstream answers once it has read as many bytes.
Parsed take_value(const Line& line, uint32_t value_bytes, Request& out);

Parsed parse_meta(ParseState& state, const ParseLimits& limits, const Line& line, Request& out);

}  // namespace cachery::protocol
