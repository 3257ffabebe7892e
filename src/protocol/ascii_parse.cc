// The classic text commands. A line is found first (bounded), then one function a family reads it.
// A get of many keys becomes one Request a key: state.is_in_get_line says that the next bytes are
// keys, which serves a line that is complete and one longer than we would hold alike.
#include <algorithm>
#include <utility>

#include "protocol/line.h"
#include "protocol/numbers.h"
#include "protocol/parse.h"
#include "protocol/plain_line.h"
#include "protocol/wire.h"

namespace cachery::protocol {

Parsed parse_binary(ParseState& state, const ParseLimits& limits, std::span<const char> input,
                    Request& out);

namespace {

Parsed parse_get(ParseState& state, const ParseLimits& limits, const Line& line, Request& out);
Parsed parse_storage(ParseState& state, const ParseLimits& limits, const Line& line, Request& out);
Parsed parse_remove(ParseState& state, const ParseLimits& limits, const Line& line, Request& out);
Parsed parse_arithmetic(ParseState&, const ParseLimits& limits, const Line& line, Request& out);
Parsed parse_touch(ParseState&, const ParseLimits& limits, const Line& line, Request& out);
Parsed parse_flush(ParseState&, const ParseLimits&, const Line& line, Request& out);
Parsed parse_verbosity(ParseState&, const ParseLimits&, const Line& line, Request& out);
Parsed parse_stats(ParseState&, const ParseLimits&, const Line& line, Request& out);
Parsed parse_bare(ParseState&, const ParseLimits&, const Line& line, Request& out);

// The text commands: name, what it is, who reads it. The meta commands are in meta_parse.cc.
struct Command {
  std::string_view name;
  Verb verb;
  Parsed (*parse)(ParseState&, const ParseLimits&, const Line&, Request&);
};

constexpr Command kCommands[] = {
    {"get", Verb::get, parse_get},
    {"gets", Verb::get, parse_get},
    {"set", Verb::set, parse_storage},
    {"gat", Verb::gat, parse_get},
    {"gats", Verb::gat, parse_get},
    {"add", Verb::add, parse_storage},
    {"replace", Verb::replace, parse_storage},
    {"append", Verb::append, parse_storage},
    {"prepend", Verb::prepend, parse_storage},
    {"cas", Verb::cas, parse_storage},
    {"delete", Verb::remove, parse_remove},
    {"incr", Verb::incr, parse_arithmetic},
    {"decr", Verb::decr, parse_arithmetic},
    {"increment", Verb::incr, parse_arithmetic},  // one of the service's own clients says so
    {"decrement", Verb::decr, parse_arithmetic},
    {"touch", Verb::touch, parse_touch},
    {"flush_all", Verb::flush, parse_flush},
    {"verbosity", Verb::verbosity, parse_verbosity},
    {"stats", Verb::stats, parse_stats},
    {"version", Verb::version, parse_bare},
    {"quit", Verb::quit, parse_bare},
};

// Commands of an operator that upstream's operator can forbid: they are answered as if they were,
// so that a client's list of keys fails with a reason.
struct Forbidden {
  std::string_view name;
  std::string_view answer;
};

constexpr Forbidden kForbidden[] = {
    {"lru_crawler", "CLIENT_ERROR lru_crawler not allowed\r\n"},
    {"watch", "CLIENT_ERROR watch commands not allowed\r\n"},
    {"slabs", "CLIENT_ERROR slabs not allowed\r\n"},
    {"shutdown", "CLIENT_ERROR shutdown not allowed\r\n"},
};

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

bool is_noreply(std::string_view token) { return token == "noreply"; }

void set_key(Request& out, std::string_view key) {
  out.key = key;
  out.wire_key = key;
}

// A get line of this length or more is answered while it arrives, whether its end is there or not.
size_t long_get_bytes(const ParseLimits& limits) {
  return limits::kGetLineBytesHeld + limits.key_bytes_max;
}

// The get line has lost its way while replies are leaving: there is no way back into step.
Parsed end_get_line(ParseState& state, std::string_view text, std::span<const char> input,
                    Request& out) {
  state.is_in_get_line = false;
  out.closes = true;
  return reply(out, text, input.size());
}

// A key may hold any byte but the two that end it.
size_t find_key_stop(std::string_view text, size_t from) {
  const char* const end = text.data() + text.size();
  const char* at = find_blank(text.data() + from, end);
  while (at != end && *at != ' ' && *at != '\n') at = find_blank(at + 1, end);
  return static_cast<size_t>(at - text.data());
}

// One key of a get line that starts at `input`; the line may still be arriving.
Parsed parse_get_key(ParseState& state, const ParseLimits& limits, std::span<const char> input,
                     Request& out) {
  const std::string_view text(input.data(), input.size());
  const size_t key_at = std::min(text.find_first_not_of(' '), text.size());
  if (key_at > long_get_bytes(limits)) return end_get_line(state, "", input, out);
  const size_t stop = find_key_stop(text, key_at);
  // A line's end may have arrived by half.
  const bool ends_by_return =
      stop > key_at && text[stop - 1] == '\r' && (stop == text.size() || text[stop] == '\n');
  const size_t key_end = ends_by_return ? stop - 1 : stop;
  if (key_end - key_at > limits.key_bytes_max) return end_get_line(state, kBadFormat, input, out);
  const bool is_line_at_end = stop < text.size() && text[stop] == '\n';
  if (is_line_at_end && key_end == key_at) return end_get_line(state, kBadFormat, input, out);
  size_t next = is_line_at_end ? key_end : std::min(text.find_first_not_of(' ', stop), text.size());
  // Spaces without an end, as those before the key above.
  if (next - key_end > long_get_bytes(limits)) return end_get_line(state, "", input, out);
  const std::string_view rest = text.substr(next);
  if (rest.empty() || rest == "\r") return {ParseStatus::need_more, 0, 0};
  out.verb = state.get_line_verb;
  out.wants_cas = state.get_line_wants_cas;
  out.exptime = state.get_line_exptime;
  set_key(out, text.substr(key_at, key_end - key_at));
  out.is_last_key = rest.starts_with('\n') || rest.starts_with("\r\n");
  if (out.is_last_key) {
    next += rest[0] == '\r' ? 2u : 1u;
    state.is_in_get_line = false;
  }
  return completed(next);
}

// Upstream answers one error in place of all values when any key of the line is too long.
bool has_too_long_key(std::string_view keys, uint32_t key_bytes_max) {
  while (keys.size() > key_bytes_max) {
    const size_t space = keys.find(' ');
    if (space > key_bytes_max && (space != std::string_view::npos || keys.size() > key_bytes_max)) {
      return true;
    }
    keys.remove_prefix(space + 1);
  }
  return false;
}

// get gets `key…`; gat gats `exptime key…`. Of a long line, `line` is its beginning.
Parsed parse_get(ParseState& state, const ParseLimits& limits, const Line& line, Request& out) {
  const bool is_gat = line.text[1] == 'a';
  size_t keys_at = line.text.find(' ');
  std::string_view exptime;
  if (is_gat && keys_at != std::string_view::npos) {
    const Tokens tokens = split_tokens(line.text.substr(0, limits::kLineBytesMax));
    if (tokens.count < 3) return reply(out, kBadFormat, line.bytes);
    exptime = tokens[1];
    keys_at = static_cast<size_t>(exptime.data() + exptime.size() - line.text.data());
  }
  if (keys_at == std::string_view::npos ||
      line.text.find_first_not_of(' ', keys_at) == std::string_view::npos) {
    return reply(out, kBadFormat, line.bytes);
  }
  if (is_gat) {
    const auto seconds = parse_number<int32_t>(exptime);
    if (!seconds) return reply(out, "CLIENT_ERROR invalid exptime argument\r\n", line.bytes);
    state.get_line_exptime = *seconds;
  }
  const bool is_long = line.text.size() >= long_get_bytes(limits);
  if (!is_long && has_too_long_key(line.text.substr(keys_at + 1), limits.key_bytes_max)) {
    return reply(out, kBadFormat, line.bytes);
  }
  state.is_in_get_line = true;
  state.get_line_verb = is_gat ? Verb::gat : Verb::get;
  state.get_line_wants_cas = line.text[3] == 's';
  Parsed parsed = parse_get_key(state, limits, line.input.subspan(keys_at), out);
  parsed.consumed += keys_at;
  return parsed;
}

// Upstream reads these two with the C library, which takes a sign.
std::string_view without_plus(std::string_view number) {
  if (number.starts_with('+')) number.remove_prefix(1);
  return number;
}

// Clients that hold times without a sign (libmemcached) write -1 as 2^32 - 1, and upstream keeps
// the lower 32 bits: a time that is past.
std::optional<int32_t> parse_wrapping_exptime(std::string_view token) {
  const auto seconds = parse_number<int64_t>(without_plus(token));
  if (!seconds || *seconds < INT32_MIN || *seconds > UINT32_MAX) return std::nullopt;
  return static_cast<int32_t>(static_cast<uint32_t>(*seconds));
}

// Some clients (emcache) write `set _ _ _ bytes`, so that no number of it can be read: never a set.
Parsed authenticate(Request& out, const Line& line, uint32_t value_bytes) {
  const Parsed taken = take_value(line, value_bytes, out);
  if (taken.status == ParseStatus::need_more) return taken;
  if (out.verb == Verb::reply) {
    return reply(out, "CLIENT_ERROR bad command line termination\r\n", taken.consumed);
  }
  out.verb = Verb::ascii_auth;
  return taken;
}

// set add replace append prepend `key flags exptime bytes [noreply]`; cas has its number before it.
Parsed parse_storage(ParseState& state, const ParseLimits& limits, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  const auto value_bytes = parse_number<int32_t>(tokens[4]);
  if (tokens.count < 5 || !value_bytes || *value_bytes < 0 || *value_bytes > INT32_MAX - 2) {
    return reply(out, kBadFormat, line.bytes);
  }
  out.quiet = Quiet{is_noreply(tokens.last)};
  const auto bytes = static_cast<uint32_t>(*value_bytes);
  set_key(out, tokens[1]);
  if (!state.is_authenticated) {
    out.quiet = Quiet::no;  // upstream answers a login whatever it asks for
    return authenticate(out, line, bytes);
  }
  const auto flags = parse_number<uint32_t>(without_plus(tokens[2]));
  const auto exptime = parse_wrapping_exptime(tokens[3]);
  const auto cas = out.verb == Verb::cas ? parse_number<uint64_t>(tokens[5]) : 0;
  if (state.takes_any_login && out.verb == Verb::set && tokens[2] == "_" && tokens[3] == "_") {
    return authenticate(out, line, bytes);
  }
  if (out.key.size() > limits.key_bytes_max || !flags || !exptime || !cas) {
    return reply_and_swallow(state, out, kBadFormat, line, bytes);
  }
  if (out.key.size() + bytes > limits.item_bytes_max) {
    state.swallow_bytes = bytes + 2;
    out.refused_verb = out.verb;
    out.verb = Verb::refuse_too_large;
    return completed(line.bytes);
  }
  out.flags = *flags;
  out.exptime = *exptime;
  out.cas = *cas;
  out.has_cas = out.verb == Verb::cas;
  return take_value(line, bytes, out);
}

// The head that commands of one key and no value share: false where there are too few words or the
// key is too long. Of too few words it does not look for noreply: upstream answers those always.
bool takes_key(const Tokens& tokens, size_t tokens_min, const ParseLimits& limits, Request& out) {
  if (tokens.count < tokens_min) return false;
  out.quiet = Quiet{is_noreply(tokens.last)};
  set_key(out, tokens[1]);
  return out.key.size() <= limits.key_bytes_max;
}

Parsed parse_remove(ParseState&, const ParseLimits& limits, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  if (!takes_key(tokens, 2, limits, out)) return reply(out, kBadFormat, line.bytes);
  return completed(line.bytes);
}

Parsed parse_arithmetic(ParseState&, const ParseLimits& limits, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  if (!takes_key(tokens, 3, limits, out)) return reply(out, kBadFormat, line.bytes);
  const auto delta = parse_number<uint64_t>(tokens[2]);
  if (!delta) return reply(out, "CLIENT_ERROR invalid numeric delta argument\r\n", line.bytes);
  out.delta = *delta;
  return completed(line.bytes);
}

Parsed parse_touch(ParseState&, const ParseLimits& limits, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  if (!takes_key(tokens, 3, limits, out)) return reply(out, kBadFormat, line.bytes);
  const auto exptime = parse_number<int32_t>(tokens[2]);
  if (!exptime) return reply(out, "CLIENT_ERROR invalid exptime argument\r\n", line.bytes);
  out.exptime = *exptime;
  return completed(line.bytes);
}

Parsed parse_flush(ParseState&, const ParseLimits&, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  out.quiet = Quiet{tokens.count > 1 && is_noreply(tokens.last)};
  if (tokens.count == (out.quiet == Quiet::yes ? 2u : 1u)) return completed(line.bytes);
  const auto delay = parse_number<int32_t>(tokens[1]);
  if (!delay) return reply(out, "CLIENT_ERROR invalid exptime argument\r\n", line.bytes);
  out.exptime = *delay;
  return completed(line.bytes);
}

Parsed parse_verbosity(ParseState&, const ParseLimits&, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  out.quiet = Quiet{tokens.count > 1 && is_noreply(tokens.last)};
  if (!parse_number<uint32_t>(tokens[1])) return reply(out, kBadFormat, line.bytes);
  return completed(line.bytes);
}

Parsed parse_stats(ParseState&, const ParseLimits&, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  out.text = tokens[1];
  return completed(line.bytes);
}

Parsed parse_bare(ParseState&, const ParseLimits&, const Line& line, Request&) {
  return completed(line.bytes);
}

Parsed parse_unknown(const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  // A browser or a forged request through one: upstream's guard.
  if (tokens.count > 1 && tokens.last.starts_with("HTTP/")) {
    out.closes = true;
    return reply(out, "", line.bytes);
  }
  if (tokens.count > 0 && is_noreply(tokens.last)) out.quiet = Quiet::yes;
  for (const Forbidden& forbidden : kForbidden) {
    if (forbidden.name == tokens[0]) return reply(out, forbidden.answer, line.bytes);
  }
  return reply(out, "ERROR\r\n", line.bytes);
}

// Before authentication only `set` and `ms` mean anything.
Parsed parse_unauthenticated(ParseState& state, const ParseLimits& limits, const Line& line,
                             Request& out) {
  if (line.text.starts_with("set ")) {
    out.verb = Verb::set;
    const Tokens tokens = split_tokens(line.text);
    if (const auto bytes = parse_number<uint32_t>(tokens[4])) {
      if (*bytes > limits::kAuthenticationBytesMax) {
        out.closes = true;
        return reply(out, "CLIENT_ERROR auth token too long\r\n", line.bytes);
      }
      return parse_storage(state, limits, line, out);
    }
  } else if (line.text.starts_with("ms ")) {
    const Tokens tokens = split_tokens(line.text);
    const auto bytes = parse_number<uint32_t>(tokens[2]);
    if (tokens.count >= 3 && bytes && *bytes <= limits::kAuthenticationBytesMax) {
      set_key(out, tokens[1]);
      out.dialect = Dialect::meta;
      out.text = line.text.substr(static_cast<size_t>(tokens[2].end() - line.text.begin()));
      out.verb = Verb::meta_set;
      return authenticate(out, line, *bytes);
    }
  }
  return reply(out, "CLIENT_ERROR unauthenticated\r\n", line.bytes);
}

Parsed parse_line(ParseState& state, const ParseLimits& limits, const Line& line, Request& out) {
  if (!state.is_authenticated) return parse_unauthenticated(state, limits, line, out);
  if (line.bytes < 4) return reply(out, kBadFormat, line.bytes);
  const std::string_view name = line.text.substr(0, line.text.find(' '));
  if (name.size() == 2 && name[0] == 'm') return parse_meta(state, limits, line, out);
  const Command* command = find_command(name);
  if (command == nullptr) return parse_unknown(line, out);
  out.verb = command->verb;
  return command->parse(state, limits, line, out);
}

bool is_get_line(std::string_view text) {
  return text.starts_with("get ") || text.starts_with("gets ") || text.starts_with("gat ") ||
         text.starts_with("gats ");
}

// Too long to wait for its end: not a stream of ours, or a get that is answered key by key.
Parsed parse_long_line(ParseState& state, const ParseLimits& limits, const Line& line,
                       Request& out) {
  if (!state.is_authenticated || !is_get_line(line.text)) {
    out.closes = true;
    return reply(out, "", line.bytes);
  }
  Parsed parsed = parse_get(state, limits, line, out);
  if (out.verb == Verb::reply && parsed.status == ParseStatus::complete) out.closes = true;
  return parsed;
}

// What is done about a line follows from its length alone, never from how much of it is here:
// upstream closes on a long line that comes in two pieces and reads it when it comes in one.
Parsed parse_any_line(ParseState& state, const ParseLimits& limits, std::span<const char> input,
                      Request& out) {
  const std::string_view all(input.data(), input.size());
  size_t length_max = limits.key_bytes_max + limits::kLineBytesMax;
  size_t end = all.substr(0, length_max + 1).find('\n');
  const bool may_be_long = all.size() > length_max && state.is_authenticated && is_get_line(all);
  if (end == std::string_view::npos && may_be_long) {
    length_max = long_get_bytes(limits) - 1;
    end = all.substr(0, length_max + 1).find('\n');
  }
  if (end == std::string_view::npos) {
    if (input.size() <= length_max) return {ParseStatus::need_more, 0, 0};
    const Line head{all.substr(0, length_max + 1), input.size(), input};
    return parse_long_line(state, limits, head, out);
  }
  std::string_view text = all.substr(0, end);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return parse_line(state, limits, Line{text, end + 1, input}, out);
}

Parsed parse_text(ParseState& state, const ParseLimits& limits, std::span<const char> input,
                  Request& out) {
  if (state.is_in_get_line) return parse_get_key(state, limits, input, out);
  if (state.is_authenticated) {
    if (const auto plain = parse_plain_line(limits, input, out)) return *plain;
  }
  return parse_any_line(state, limits, input, out);
}

}  // namespace

Parsed parse_line_the_long_way(ParseState& state, const ParseLimits& limits,
                               std::span<const char> input, Request& out) {
  return parse_any_line(state, limits, input, out);
}

Parsed take_value(const Line& line, uint32_t value_bytes, Request& out) {
  const size_t whole = line.bytes + value_bytes + 2;
  if (line.input.size() < whole) return {ParseStatus::need_more, 0, whole};
  const char* value = line.input.data() + line.bytes;
  out.value = {value, value_bytes};
  if (value[value_bytes] != '\r' || value[value_bytes + 1] != '\n') {
    if (out.dialect == Dialect::meta) out.quiet = Quiet::no;
    return reply(out, "CLIENT_ERROR bad data chunk\r\n", whole);
  }
  return completed(whole);
}

namespace {

// A refused value is passed over, and the request answered when nothing of it is left.
Parsed pass_over(ParseState& state, std::span<const char> input, Request& out) {
  const size_t passed = std::min<size_t>(state.swallow_bytes, input.size());
  state.swallow_bytes -= static_cast<uint32_t>(passed);
  if (state.swallow_bytes > 0) return {ParseStatus::need_more, passed, 0};
  const LateReply late = std::exchange(state.late, {});
  out = Request{};
  out.dialect = state.is_binary ? Dialect::binary : Dialect::ascii;
  out.quiet = late.quiet;
  out.opcode = late.opcode;
  out.opaque = late.opaque;
  out.status = late.status;
  return reply(out, late.text == nullptr ? "" : late.text, passed);
}

// The answer to a refused request. noreply silences the text dialect alone: an error of the others
// is always told.
LateReply late_reply_of(const Request& request) {
  const bool is_too_large = request.verb == Verb::refuse_too_large;
  if (request.dialect == Dialect::binary) {
    return {.opaque = request.opaque,
            .status = is_too_large ? uint16_t{wire::too_large} : request.status,
            .opcode = request.opcode};
  }
  return {.text = is_too_large ? kTooLarge.data() : request.text.data(),
          .quiet = request.dialect == Dialect::ascii ? request.quiet : Quiet::no};
}

// A request whose value is not to be kept has been read up to that value. One that is executed
// first says nothing itself.
Parsed refuse(ParseState& state, const Parsed& head, std::span<const char> input, Request& out) {
  state.late = late_reply_of(out);
  if (is_executed(out.verb)) return head;
  Parsed parsed = pass_over(state, input.subspan(head.consumed), out);
  parsed.consumed += head.consumed;
  return parsed;
}

}  // namespace

Parsed parse(ParseState& state, const ParseLimits& limits, std::span<const char> input,
             Request& out) {
  if (state.late.is_due()) [[unlikely]]
    return pass_over(state, input, out);
  if (input.empty()) return {ParseStatus::need_more, 0, 0};
  if (!state.is_dialect_known) {
    state.is_dialect_known = true;
    state.is_binary = static_cast<unsigned char>(input[0]) == 0x80;
  }
  out = Request{};
  const Parsed parsed = state.is_binary ? parse_binary(state, limits, input, out)
                                        : parse_text(state, limits, input, out);
  if (state.swallow_bytes > 0) [[unlikely]]
    return refuse(state, parsed, input, out);
  return parsed;
}

}  // namespace cachery::protocol
