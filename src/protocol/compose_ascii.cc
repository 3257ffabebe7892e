#include "protocol/compose.h"

namespace cachery::protocol {
namespace {

constexpr size_t kValueLineBytes = 80;  // "VALUE ", three numbers, spaces, line ends, "END"

void compose_value(const Request& request, const ItemView& item, Output& out) {
  const std::string_view key = request.wire_key;
  char* at = out.reserve(key.size() + item.value.size() + kValueLineBytes);
  at = put(put(at, "VALUE "), key);
  *at++ = ' ';
  at = put_number(at, uint64_t{item.flags});
  *at++ = ' ';
  at = put_number(at, uint64_t{item.value.size()});
  if (request.wants_cas) {
    *at++ = ' ';
    at = put_number(at, item.cas);
  }
  at = put(at, "\r\n");
  at = put(put(at, item.value), "\r\n");
  if (request.is_last_key) at = put(at, "END\r\n");
  out.commit(at);
}

void compose_number(uint64_t number, Output& out) {
  char* at = out.reserve(24);
  out.commit(put(put_number(at, number), "\r\n"));
}

std::string_view line_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::hit:
      return "TOUCHED\r\n";
    case Outcome::miss:
    case Outcome::not_found:
      return "NOT_FOUND\r\n";
    case Outcome::stored:
      return "STORED\r\n";
    case Outcome::refused:
    case Outcome::not_stored:
      return "NOT_STORED\r\n";
    case Outcome::exists:
      return "EXISTS\r\n";
    case Outcome::removed:
      return "DELETED\r\n";
    case Outcome::non_numeric:
      return "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";
    case Outcome::too_large:
      return "SERVER_ERROR object too large for cache\r\n";
    case Outcome::out_of_memory:
      return "SERVER_ERROR out of memory storing object\r\n";
  }
  return "ERROR\r\n";
}

}  // namespace

void compose_ascii(const Request& request, const Response& response, Output& out) {
  const bool is_retrieval = request.verb == Verb::get || request.verb == Verb::gat;
  if (is_retrieval && response.outcome == Outcome::hit) {
    return compose_value(request, response.item, out);
  }
  if (is_retrieval && response.outcome != Outcome::refused) {
    if (request.is_last_key) out.append("END\r\n");
    return;
  }
  // A line of several keys is refused once.
  if (request.quiet == Quiet::yes || !request.is_last_key) return;
  const bool is_number = request.verb == Verb::incr || request.verb == Verb::decr;
  if (is_number && response.outcome == Outcome::hit) return compose_number(response.number, out);
  out.append(line_of(response.outcome));
}

}  // namespace cachery::protocol
