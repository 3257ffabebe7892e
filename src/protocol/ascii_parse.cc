// The classic text commands. A line is found first (bounded), then one function a family reads it.
// A get of many keys becomes one Request a key: state.is_in_get_line says that the next bytes are
// keys, which serves a line that is complete and one longer than we would hold alike.
#include <algorithm>
#include <cstring>

#include "protocol/line.h"
#include "protocol/numbers.h"
#include "protocol/parse.h"

namespace cachery::protocol {

Parsed parse_binary(ParseState& state, const ParseLimits& limits, std::span<char> input,
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

// One key of a get line that starts at `input`; the line may still be arriving.
Parsed parse_get_key(ParseState& state, const ParseLimits& limits, std::span<char> input,
                     Request& out) {
  const char* at = input.data();
  const char* const end = at + input.size();
  const auto need_more = [&] { return Parsed{ParseStatus::need_more, 0, 0}; };
  const auto skip_spaces = [&] {
    while (at < end && *at == ' ') ++at;
  };
  const auto is_line_end = [&] {
    return at < end && (*at == '\n' || (*at == '\r' && at + 1 < end && at[1] == '\n'));
  };
  skip_spaces();
  const char* const key = at;
  while (at < end && *at != ' ' && *at != '\n') ++at;
  const char* key_end = at;
  if (at < end && *at == '\n' && key_end > key && key_end[-1] == '\r') --key_end;
  const auto key_bytes = static_cast<size_t>(key_end - key);
  if (key_bytes > limits.key_bytes_max) {
    state.is_in_get_line = false;
    out.closes = true;  // its replies are on their way: there is no way back into step
    return reply(out, kBadFormat, input.size());
  }
  if (at < end && *at == '\n') at = key_end;
  skip_spaces();
  if (at == end || (*at == '\r' && at + 1 == end)) return need_more();
  out.verb = state.get_line_verb;
  out.wants_cas = state.get_line_wants_cas;
  out.exptime = state.get_line_exptime;
  set_key(out, {key, key_bytes});
  out.is_last_key = is_line_end();
  if (out.is_last_key) {
    at += *at == '\r' ? 2 : 1;
    state.is_in_get_line = false;
  }
  return completed(static_cast<size_t>(at - input.data()));
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

// get gets `key…`; gat gats `exptime key…`. `line` may lack its end when it is longer than we hold.
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
  if (has_too_long_key(line.text.substr(keys_at + 1), limits.key_bytes_max)) {
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
  if (!state.is_authenticated) return authenticate(out, line, bytes);
  const auto flags = parse_number<uint32_t>(without_plus(tokens[2]));
  const auto exptime = parse_number<int32_t>(without_plus(tokens[3]));
  const auto cas = out.verb == Verb::cas ? parse_number<uint64_t>(tokens[5]) : 0;
  if (out.key.size() > limits.key_bytes_max || !flags || !exptime || !cas) {
    return reply_and_swallow(state, out, kBadFormat, line, bytes);
  }
  if (out.key.size() + bytes > limits.item_bytes_max) {
    state.swallow_bytes = uint64_t{bytes} + 2;
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

Parsed parse_remove(ParseState&, const ParseLimits& limits, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  if (tokens.count < 2) return reply(out, kBadFormat, line.bytes);
  out.quiet = Quiet{is_noreply(tokens.last)};
  set_key(out, tokens[1]);
  if (out.key.size() > limits.key_bytes_max) return reply(out, kBadFormat, line.bytes);
  return completed(line.bytes);
}

Parsed parse_arithmetic(ParseState&, const ParseLimits& limits, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  if (tokens.count < 3) return reply(out, kBadFormat, line.bytes);
  out.quiet = Quiet{is_noreply(tokens.last)};
  set_key(out, tokens[1]);
  if (out.key.size() > limits.key_bytes_max) return reply(out, kBadFormat, line.bytes);
  const auto delta = parse_number<uint64_t>(tokens[2]);
  if (!delta) return reply(out, "CLIENT_ERROR invalid numeric delta argument\r\n", line.bytes);
  out.delta = *delta;
  return completed(line.bytes);
}

Parsed parse_touch(ParseState&, const ParseLimits& limits, const Line& line, Request& out) {
  const Tokens tokens = split_tokens(line.text);
  if (tokens.count < 3) return reply(out, kBadFormat, line.bytes);
  out.quiet = Quiet{is_noreply(tokens.last)};
  set_key(out, tokens[1]);
  if (out.key.size() > limits.key_bytes_max) return reply(out, kBadFormat, line.bytes);
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

// No line end yet: go on waiting, start on a long get line, or end a stream that is not ours.
Parsed parse_without_line_end(ParseState& state, const ParseLimits& limits, std::span<char> input,
                              Request& out) {
  const size_t line_bytes_max = limits.key_bytes_max + limits::kLineBytesMax;
  if (input.size() <= line_bytes_max) return {ParseStatus::need_more, 0, 0};
  const std::string_view text(input.data(), input.size());
  const bool is_get = text.starts_with("get ") || text.starts_with("gets ");
  if (!is_get || !state.is_authenticated) {
    out.closes = true;
    return reply(out, "", input.size());
  }
  if (input.size() < limits::kGetLineBytesHeld + limits.key_bytes_max) {
    return {ParseStatus::need_more, 0, 0};
  }
  const Line line{text.substr(0, 5), 0, input};
  out.verb = Verb::get;
  state.is_in_get_line = true;
  state.get_line_verb = Verb::get;
  state.get_line_wants_cas = line.text[3] == 's';
  const size_t keys_at = state.get_line_wants_cas ? 4 : 3;
  Parsed parsed = parse_get_key(state, limits, input.subspan(keys_at), out);
  parsed.consumed += keys_at;
  return parsed;
}

Parsed parse_text(ParseState& state, const ParseLimits& limits, std::span<char> input,
                  Request& out) {
  if (state.is_in_get_line) return parse_get_key(state, limits, input, out);
  const auto* end = static_cast<const char*>(std::memchr(input.data(), '\n', input.size()));
  if (end == nullptr) return parse_without_line_end(state, limits, input, out);
  const auto bytes = static_cast<size_t>(end + 1 - input.data());
  std::string_view text(input.data(), bytes - 1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return parse_line(state, limits, Line{text, bytes, input}, out);
}

}  // namespace

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

Parsed parse(ParseState& state, const ParseLimits& limits, std::span<char> input, Request& out) {
  size_t swallowed = 0;
  if (state.swallow_bytes > 0) {
    swallowed = static_cast<size_t>(std::min<uint64_t>(state.swallow_bytes, input.size()));
    state.swallow_bytes -= swallowed;
    input = input.subspan(swallowed);
  }
  if (input.empty()) return {ParseStatus::need_more, swallowed, 0};
  if (!state.is_dialect_known) {
    state.is_dialect_known = true;
    state.is_binary = static_cast<unsigned char>(input[0]) == 0x80;
  }
  out = Request{};
  Parsed parsed = state.is_binary ? parse_binary(state, limits, input, out)
                                  : parse_text(state, limits, input, out);
  parsed.consumed += swallowed;
  return parsed;
}

}  // namespace cachery::protocol
