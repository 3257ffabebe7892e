// The two line dialects. An input's first byte chooses limits and whether the client has
// authenticated; the rest is what it sends (see parse_fuzz.h for long runs). Property beside those
// of every dialect: a request written as a line again is parsed as the same request.
#include <string>

#include "protocol/parse_fuzz.h"
#include "protocol/plain_line.h"

namespace cachery::protocol {
namespace {

std::string_view name_of(const Request& request) {
  switch (request.verb) {
    case Verb::get: return request.wants_cas ? "gets" : "get";
    case Verb::gat: return request.wants_cas ? "gats" : "gat";
    case Verb::touch: return "touch";
    case Verb::set: return "set";
    case Verb::add: return "add";
    case Verb::replace: return "replace";
    case Verb::append: return "append";
    case Verb::prepend: return "prepend";
    case Verb::cas: return "cas";
    case Verb::remove: return "delete";
    case Verb::incr: return "incr";
    case Verb::decr: return "decr";
    case Verb::version: return "version";
    case Verb::verbosity: return "verbosity";
    case Verb::stats: return "stats";
    case Verb::flush: return "flush_all";
    case Verb::quit: return "quit";
    case Verb::meta_get: return "mg";
    case Verb::meta_set: return "ms";
    case Verb::meta_delete: return "md";
    case Verb::meta_arithmetic: return "ma";
    case Verb::meta_debug: return "me";
    case Verb::meta_noop: return "mn";
    default: return "";
  }
}

std::string word(std::string_view text) { return std::string(" ").append(text); }

template <typename Number>
std::string number(Number value) {
  return word(std::to_string(value));
}

std::string write_meta(const SeenRequest& seen) {
  const Request& fields = seen.fields;
  std::string line(name_of(fields));
  if (fields.verb == Verb::meta_noop) return line + "\r\n";
  line += word(seen.key);
  if (fields.verb == Verb::meta_set) line += number(seen.value.size());
  if (fields.verb == Verb::meta_debug && fields.is_key_base64) line += " b";
  if (!seen.text.empty()) line += word(seen.text);
  line += "\r\n";
  if (fields.verb == Verb::meta_set) line += seen.value + "\r\n";
  return line;
}

std::string write_arguments(const SeenRequest& seen) {
  const Request& fields = seen.fields;
  switch (fields.verb) {
    case Verb::get: case Verb::remove:
      return word(seen.key);
    case Verb::gat:
      return number(fields.exptime) + word(seen.key);
    case Verb::touch:
      return word(seen.key) + number(fields.exptime);
    case Verb::set: case Verb::add: case Verb::replace: case Verb::append: case Verb::prepend:
      return word(seen.key) + number(fields.flags) + number(fields.exptime) +
             number(seen.value.size());
    case Verb::cas:
      return word(seen.key) + number(fields.flags) + number(fields.exptime) +
             number(seen.value.size()) + number(fields.cas);
    case Verb::incr: case Verb::decr:
      return word(seen.key) + number(fields.delta);
    case Verb::flush:
      return number(fields.exptime);
    case Verb::verbosity:
      return " 1";
    case Verb::stats:
      return seen.text.empty() ? "" : word(seen.text);
    default:
      return "";
  }
}

std::string write_classic(const SeenRequest& seen) {
  std::string line = std::string(name_of(seen.fields)) + write_arguments(seen);
  if (seen.fields.quiet == Quiet::yes) line += " noreply";
  line += "\r\n";
  if (seen.fields.verb >= Verb::set && seen.fields.verb <= Verb::cas) line += seen.value + "\r\n";
  return line;
}

std::string write_authentication(const SeenRequest& seen) {
  const std::string bytes = number(seen.value.size());
  const std::string line = seen.fields.dialect == Dialect::meta
                               ? "ms" + word(seen.key) + bytes + seen.text
                               : "set" + word(seen.key) + " 0 0" + bytes;
  const std::string_view noreply = seen.fields.quiet == Quiet::yes ? " noreply" : "";
  return line + std::string(noreply) + "\r\n" + seen.value + "\r\n";
}

// The request as a client would send it; nothing for what no line says (an error, a refused value).
std::string write(const SeenRequest& seen) {
  if (seen.fields.verb == Verb::ascii_auth) return write_authentication(seen);
  if (name_of(seen.fields).empty()) return {};
  return seen.fields.dialect == Dialect::meta ? write_meta(seen) : write_classic(seen);
}

void check_written_is_parsed_alike(const Beginning& beginning, const SeenRequest& seen) {
  const std::string line = write(seen);
  if (line.empty()) return;
  const FedConnection again = feed_whole(beginning, line);
  CHECK(again.requests().size() == 1);
  SeenRequest expected = seen;
  expected.fields.is_last_key = true;  // of several on a line, each is now on its own
  CHECK(again.requests()[0] == expected);
}

// Reading a line in one pass is a short way to the same answer, and leaves alone what it cannot
// read.
void check_plain_line(std::string_view input) {
  const std::string bytes(input);
  for (size_t at = 0; at < bytes.size();) {
    const std::span<const char> line = std::span(bytes).subspan(at);
    ParseState state;
    state.is_authenticated = true;
    Request plain;
    Request expected;
    if (const auto parsed = parse_plain_line(ParseLimits{}, line, plain)) {
      const Parsed again = parse_line_the_long_way(state, ParseLimits{}, line, expected);
      CHECK(again.status == parsed->status && again.consumed == parsed->consumed);
    }
    CHECK(SeenRequest(plain) == SeenRequest(expected));
    at = std::min(bytes.find('\n', at), bytes.size() - 1) + 1;
  }
}

void check_input(std::string_view input) {
  const Beginning beginning(static_cast<uint8_t>(input[0]));
  const std::string bytes = expand_runs(input.substr(1));
  const FedConnection whole = feed_whole(beginning, bytes);
  check_splits(beginning, bytes, whole);
  check_plain_line(bytes);
  for (const SeenRequest& seen : whole.requests()) check_written_is_parsed_alike(beginning, seen);
}

}  // namespace
}  // namespace cachery::protocol

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // 0x80 begins the binary dialect, which binary_parse_fuzz.cc tries.
  if (size < 2 || data[1] == 0x80) return 0;
  cachery::protocol::check_input(input);
  return 0;
}
