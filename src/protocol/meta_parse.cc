// The meta commands: `mg ms md ma mn me`, their flags and upstream's errors about them.
#include <algorithm>

#include "base/base64.h"
#include "base/limits.h"
#include "protocol/line.h"
#include "protocol/numbers.h"

namespace cachery::protocol {
namespace {

constexpr std::string_view kBadToken = "CLIENT_ERROR bad token in command line format\r\n";
constexpr std::string_view kKnownFlags = "bNTRlOPLkstcfvhuqxFCEMJDI";

template <typename Number, typename Field>
bool take(std::string_view argument, Field& field) {
  const auto number = parse_number<Number>(argument);
  if (number) field = *number;
  return number.has_value();
}

// Reads one flag's argument into the request. Returns the error, or nothing.
std::string_view read_flag(char letter, std::string_view argument, Request& out) {
  switch (letter) {
    case 'N':
      out.creates = true;
      return take<int32_t>(argument, out.vivify_ttl) ? "" : kBadToken;
    case 'T':
      return take<int32_t>(argument, out.exptime) ? "" : kBadToken;
    case 'R':
      return take<int32_t>(argument, out.recache_ttl) ? "" : kBadToken;
    case 'F':
      return take<uint32_t>(argument, out.flags) ? "" : kBadFormat;
    case 'C':
      out.has_cas = true;
      return take<uint64_t>(argument, out.cas) ? "" : kBadToken;
    case 'E':
      return take<uint64_t>(argument, out.cas_in) ? "" : kBadToken;
    case 'J':
      return take<uint64_t>(argument, out.initial)
                 ? ""
                 : "CLIENT_ERROR invalid numeric initial value\r\n";
    case 'D':
      return take<uint64_t>(argument, out.delta) ? ""
                                                 : "CLIENT_ERROR invalid numeric delta value\r\n";
    case 'M':
      out.mode = argument.empty() ? ' ' : argument[0];
      return "";
    case 'O':
      return argument.size() > limits::kOpaqueBytesMax ? "CLIENT_ERROR opaque token too long\r\n"
                                                       : "";
    case 'q':
      out.quiet = Quiet::yes;
      return "";
    default:
      return "";
  }
}

bool is_time_flag(char letter) {
  return letter == 'N' || letter == 'R' || letter == 'T' || letter == 't';
}

// All flags from token `first` on. Returns the error, or nothing.
std::string_view read_flags(const Tokens& tokens, size_t first, Request& out) {
  if (tokens.count > limits::kMetaFlagsMax) return "CLIENT_ERROR options flags are too long\r\n";
  std::string_view error;
  size_t time_flags = 0;
  for (size_t i = first; i < tokens.count; ++i) {
    const char letter = tokens[i][0];
    if (kKnownFlags.find(letter) == std::string_view::npos) {
      return static_cast<unsigned char>(letter) >= 127 ? "CLIENT_ERROR duplicate flag\r\n"
                                                       : "CLIENT_ERROR invalid flag\r\n";
    }
    if (out.meta.has(letter)) return "CLIENT_ERROR duplicate flag\r\n";
    out.meta.add(letter);
    if (is_time_flag(letter)) out.time_flags[time_flags++] = letter;
    const std::string_view flag_error = read_flag(letter, tokens[i].substr(1), out);
    if (!flag_error.empty()) error = flag_error;
  }
  return error;
}

// The session decodes it, into memory of its own.
std::string_view check_key(Request& out) {
  if (!out.meta.has('b')) return "";
  if (base64_decoded_bytes(out.key) == 0) return "CLIENT_ERROR error decoding key\r\n";
  out.is_key_base64 = true;
  return "";
}

std::string_view flags_text(const Tokens& tokens, size_t first) {
  if (tokens.count <= first) return {};
  return {tokens[first].data(), static_cast<size_t>(tokens.last.end() - tokens[first].begin())};
}

bool is_mode_known(Verb verb, char mode) {
  const std::string_view modes = verb == Verb::meta_set ? "EAPRS" : "ID+-";
  return mode == 0 || modes.find(mode) != std::string_view::npos;
}

// Upstream's tokenizer gives up on a flag that is neither letter nor digit (nor one of the signs
// between the two cases of letters).
bool has_odd_flag(const Tokens& tokens, size_t first) {
  for (size_t i = first; i < std::min(tokens.count, Tokens::kTokensMax); ++i) {
    const char c = tokens[i][0];
    if (!((c >= 'A' && c <= 'z') || (c >= '0' && c <= '9'))) return true;
  }
  return false;
}

Parsed parse_with_key(Verb verb, const ParseLimits& limits, const Line& line, const Tokens& tokens,
                      Request& out) {
  out.verb = verb;
  out.key = out.wire_key = tokens[1];
  if (verb == Verb::meta_arithmetic) out.delta = 1;
  std::string_view error = out.key.size() > limits.key_bytes_max ? kBadFormat : "";
  if (error.empty()) error = read_flags(tokens, 2, out);
  if (error.empty()) error = check_key(out);
  if (!error.empty()) {
    out.quiet = Quiet::no;
    const bool is_ma = verb == Verb::meta_arithmetic && !error.starts_with("CLIENT_ERROR opaque");
    return reply(out, is_ma ? "CLIENT_ERROR invalid or duplicate flag\r\n" : error, line.bytes);
  }
  if (verb == Verb::meta_arithmetic && !is_mode_known(verb, out.mode)) {
    out.quiet = Quiet::no;
    return reply(out, "CLIENT_ERROR invalid mode for ma M token\r\n", line.bytes);
  }
  out.text = flags_text(tokens, 2);
  return completed(line.bytes);
}

// me: no flag but b.
Parsed parse_debug(const ParseLimits& limits, const Line& line, const Tokens& tokens,
                   Request& out) {
  out.verb = Verb::meta_debug;
  out.key = out.wire_key = tokens[1];
  if (out.key.size() > limits.key_bytes_max) return reply(out, kBadFormat, line.bytes);
  if (tokens[2] == "b") {
    out.meta.add('b');
    if (!check_key(out).empty()) return reply(out, kBadFormat, line.bytes);
  }
  return completed(line.bytes);
}

Parsed parse_set(ParseState& state, const ParseLimits& limits, const Line& line,
                 const Tokens& tokens, Request& out) {
  const auto announced = parse_number<int32_t>(tokens[2]);
  if (tokens.count < 3 || has_odd_flag(tokens, 3) || !announced || *announced < 0 ||
      *announced > INT32_MAX - 2) {
    return reply(out, kBadFormat, line.bytes);
  }
  const auto value_bytes = static_cast<uint32_t>(*announced);
  out.verb = Verb::meta_set;
  out.key = out.wire_key = tokens[1];
  std::string_view error = out.key.size() > limits.key_bytes_max ? kBadFormat : "";
  if (error.empty()) error = read_flags(tokens, 3, out);
  if (error.empty() && !is_mode_known(out.verb, out.mode)) {
    error = "CLIENT_ERROR invalid mode for ms M token\r\n";
  }
  const size_t key_bytes = out.meta.has('b') ? base64_decoded_bytes(out.key) : out.key.size();
  const bool is_too_large = key_bytes + value_bytes > limits.item_bytes_max;
  const size_t whole = line.bytes + value_bytes + 2;
  if (error.empty() && !is_too_large && line.input.size() < whole) {
    return {ParseStatus::need_more, 0, whole};
  }
  if (error.empty()) error = check_key(out);
  if (!error.empty()) {
    out.quiet = Quiet::no;
    return reply_and_swallow(state, out, error, line, value_bytes);
  }
  out.text = flags_text(tokens, 3);
  if (is_too_large) {
    state.swallow_bytes = value_bytes + 2;
    out.refused_verb = Verb::meta_set;
    out.verb = Verb::refuse_too_large;
    return completed(line.bytes);
  }
  return take_value(line, value_bytes, out);
}

}  // namespace

Parsed parse_meta(ParseState& state, const ParseLimits& limits, const Line& line, Request& out) {
  out.dialect = Dialect::meta;
  const char letter = line.text[1];
  if (letter == 'n') {
    out.verb = Verb::meta_noop;
    return completed(line.bytes);
  }
  const Tokens tokens = split_tokens(line.text);
  const bool is_known = std::string_view("gsdae").find(letter) != std::string_view::npos;
  if (!is_known) return reply(out, "ERROR\r\n", line.bytes);
  if (tokens.count < 2) return reply(out, kBadFormat, line.bytes);
  if (letter != 's' && has_odd_flag(tokens, 2)) return reply(out, kBadFormat, line.bytes);
  switch (letter) {
    case 'g':
      return parse_with_key(Verb::meta_get, limits, line, tokens, out);
    case 'd':
      return parse_with_key(Verb::meta_delete, limits, line, tokens, out);
    case 'a':
      return parse_with_key(Verb::meta_arithmetic, limits, line, tokens, out);
    case 's':
      return parse_set(state, limits, line, tokens, out);
    default:
      return parse_debug(limits, line, tokens, out);
  }
}

}  // namespace cachery::protocol
