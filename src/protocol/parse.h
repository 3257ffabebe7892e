// Bytes -> Requests. Parsing is a function of the bytes and a few bytes of state that a connection
// keeps (its dialect, what is left to swallow, a get line that is still arriving): no socket, no
// clock, no allocation. A malformed request is a Request too (Verb::reply): the answer to give, and
// whether the connection ends.
//
// Promise: splitting the input at any byte gives the same Requests, nothing past the end of a
// Request is consumed, and no reply is given before the whole request has been read, its value
// included: some clients stop sending at the first byte of an answer (ascii_parse_fuzz.cc,
// binary_parse_fuzz.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/limits.h"
#include "protocol/request.h"

namespace cachery::protocol {

struct ParseLimits {
  uint32_t key_bytes_max = limits::kKeyBytesDefault;
  uint32_t item_bytes_max = limits::kItemBytesDefault;  // key and value together
};

enum class ParseStatus : uint8_t { complete, need_more };

struct Parsed {
  ParseStatus status = ParseStatus::need_more;
  // Bytes done with, also when more are needed (swallowed ones).
  size_t consumed = 0;
  // Of need_more: bytes that the request will take from its start, as far as is known; 0: unknown.
  size_t bytes_wanted = 0;
};

// The answer to a refused request, kept until its value has been passed over.
struct LateReply {
  const char* text = nullptr;  // of the line dialects; ends with a zero byte
  uint32_t opaque = 0;         // binary, as the next two
  uint16_t status = 0;
  uint8_t opcode = 0;
  Quiet quiet = Quiet::no;

  bool is_due() const { return text != nullptr || status != 0; }
};

// What a connection keeps between calls. 32 bytes.
struct ParseState {
  LateReply late;
  uint32_t swallow_bytes = 0;  // of a refused value, still to be passed over; then `late` is due
  bool is_dialect_known = false;
  bool is_binary = false;
  bool is_authenticated = false;  // ASCII: a `set` before it is an authentication
  // Nobody must authenticate here, and a login is to be told from a `set` by its form.
  bool takes_any_login = false;
  // A get line longer than kGetLineBytesHeld is answered while it arrives: what the line was.
  bool is_in_get_line = false;
  Verb get_line_verb = Verb::get;
  bool get_line_wants_cas = false;
  int32_t get_line_exptime = 0;
};
static_assert(sizeof(ParseState) <= 32);

// The next request in `input`; its dialect is found from a connection's first byte.
Parsed parse(ParseState& state, const ParseLimits& limits, std::span<const char> input,
             Request& out);

// The key of the request at the head of `input`, without parsing it: right for most requests, a
// guess that costs nothing for the rest. Empty: none to be seen.
std::string_view peek_key(std::string_view input, bool is_binary);

}  // namespace cachery::protocol
