#include "protocol/compose.h"

#include "protocol/wire.h"

namespace cachery::protocol {

void compose(const Request& request, const Response& response, Output& out) {
  // Answered by the parser, when the value has been read.
  if (request.verb == Verb::refuse_too_large) [[unlikely]]
    return;
  switch (request.dialect) {
    case Dialect::ascii:
      return compose_ascii(request, response, out);
    case Dialect::meta:
      return compose_meta(request, response, out);
    case Dialect::binary:
      return compose_binary_response(request, response, out);
  }
}

void compose_error(const Request& request, std::string_view line, uint16_t status, Output& out) {
  if (request.dialect == Dialect::binary) return compose_binary_error(request, status, out);
  // noreply: a client that reads no answer would take this one for the next command's.
  if (request.dialect == Dialect::ascii && request.quiet == Quiet::yes) return;
  out.append(line);
}

void compose_done(const Request& request, std::string_view line, Output& out) {
  if (request.quiet == Quiet::yes) return;
  if (request.dialect == Dialect::binary) return compose_binary(request, wire::ok, "", "", out);
  out.append(line);
}

void compose_reply(const Request& request, Output& out) {
  if (request.quiet == Quiet::yes) return;
  if (request.dialect != Dialect::binary) return out.append(request.text);
  compose_binary_error(request, request.status, out);
}

void compose_stat(const Request& request, std::string_view name, std::string_view value,
                  Output& out) {
  if (request.dialect == Dialect::binary) {
    return compose_binary(request, wire::ok, name, value, out);
  }
  char* at = out.reserve(name.size() + value.size() + 8);
  at = put(put(put(at, "STAT "), name), " ");
  out.commit(put(put(at, value), "\r\n"));
}

void compose_stats_end(const Request& request, Output& out) {
  if (request.dialect == Dialect::binary) return compose_binary(request, wire::ok, "", "", out);
  out.append("END\r\n");
}

}  // namespace cachery::protocol
