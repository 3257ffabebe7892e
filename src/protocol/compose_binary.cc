#include "protocol/compose.h"
#include "protocol/wire.h"

namespace cachery::protocol {
namespace {

struct Lengths {
  uint16_t key_bytes = 0;
  uint8_t extras_bytes = 0;
  uint32_t value_bytes = 0;
};

char* put_header(char* at, const Request& request, uint16_t status, uint64_t cas,
                 const Lengths& lengths) {
  *at++ = static_cast<char>(wire::kResponseMagic);
  *at++ = static_cast<char>(request.opcode);
  at = wire::store16(at, lengths.key_bytes);
  *at++ = static_cast<char>(lengths.extras_bytes);
  *at++ = 0;
  at = wire::store16(at, status);
  at = wire::store32(at, lengths.key_bytes + lengths.extras_bytes + lengths.value_bytes);
  std::memcpy(at, &request.opaque, sizeof request.opaque);
  return wire::store64(at + sizeof request.opaque, cas);
}

std::string_view text_of(uint16_t status) {
  switch (status) {
    case wire::not_found: return "Not found";
    case wire::exists: return "Data exists for key.";
    case wire::too_large: return "Too large.";
    case wire::invalid: return "Invalid arguments";
    case wire::not_stored: return "Not stored.";
    case wire::non_numeric: return "Non-numeric server-side value for incr or decr";
    case wire::auth_error: return "Auth failure.";
    case wire::unknown_command: return "Unknown command";
    case wire::out_of_memory: return "Out of memory";
    default: return "";
  }
}

uint16_t status_of(const Request& request, Outcome outcome) {
  switch (outcome) {
    case Outcome::hit:
    case Outcome::stored:
    case Outcome::removed: return wire::ok;
    case Outcome::miss:
    case Outcome::not_found: return wire::not_found;
    case Outcome::exists: return wire::exists;
    case Outcome::non_numeric: return wire::non_numeric;
    case Outcome::too_large: return wire::too_large;
    case Outcome::out_of_memory: return wire::out_of_memory;
    case Outcome::refused: return wire::not_stored;
    case Outcome::not_stored: break;
  }
  // Upstream says of an add that the key exists and of a replace that it does not.
  if (request.verb == Verb::add) return wire::exists;
  if (request.verb == Verb::replace) return wire::not_found;
  return wire::not_stored;
}

void compose_value(const Request& request, const ItemView& item, Output& out) {
  const bool is_touch = request.verb == Verb::touch;
  const std::string_view key = request.wants_key ? request.wire_key : std::string_view{};
  const std::string_view value = is_touch ? std::string_view{} : item.value;
  char* at = out.reserve(wire::kHeaderBytes + 4 + key.size() + value.size());
  at = put_header(at, request, wire::ok, item.cas,
                  {static_cast<uint16_t>(key.size()), 4, static_cast<uint32_t>(value.size())});
  at = wire::store32(at, item.flags);
  out.commit(put(put(at, key), value));
}

void compose_miss(const Request& request, Output& out) {
  if (request.quiet == Quiet::yes) return;
  if (!request.wants_key) return compose_binary_error(request, wire::not_found, out);
  compose_binary(request, wire::not_found, request.wire_key, "", out);
}

void compose_number(const Request& request, const Response& response, Output& out) {
  char* at = out.reserve(wire::kHeaderBytes + 8);
  at = put_header(at, request, wire::ok, response.item.cas, {0, 0, 8});
  out.commit(wire::store64(at, response.number));
}

}  // namespace

void compose_binary(const Request& request, uint16_t status, std::string_view key,
                    std::string_view body, Output& out) {
  char* at = out.reserve(wire::kHeaderBytes + key.size() + body.size());
  at = put_header(at, request, status, 0,
                  {static_cast<uint16_t>(key.size()), 0, static_cast<uint32_t>(body.size())});
  out.commit(put(put(at, key), body));
}

void compose_binary_error(const Request& request, uint16_t status, Output& out) {
  compose_binary(request, status, "", text_of(status), out);
}

void compose_binary_response(const Request& request, const Response& response, Output& out) {
  const bool is_read =
      request.verb == Verb::get || request.verb == Verb::gat || request.verb == Verb::touch;
  if (is_read && response.outcome == Outcome::hit) {
    return compose_value(request, response.item, out);
  }
  if (is_read && response.outcome == Outcome::miss) return compose_miss(request, out);
  const uint16_t status = status_of(request, response.outcome);
  if (status != wire::ok) return compose_binary_error(request, status, out);
  if (request.quiet == Quiet::yes) return;
  if (request.verb == Verb::incr || request.verb == Verb::decr) {
    return compose_number(request, response, out);
  }
  char* at = out.reserve(wire::kHeaderBytes);
  out.commit(put_header(at, request, wire::ok, response.item.cas, {}));
}

}  // namespace cachery::protocol
