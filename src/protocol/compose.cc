#include "protocol/compose.h"

#include "protocol/wire.h"

namespace cachery::protocol {

void compose(const Request& request, const Response& response, Output& out) {
  switch (request.dialect) {
    case Dialect::ascii: return compose_ascii(request, response, out);
    case Dialect::meta: return compose_meta(request, response, out);
    case Dialect::binary: return compose_binary_response(request, response, out);
  }
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
