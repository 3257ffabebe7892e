// The `stats` command: the connection's cache, and what clients of upstream expect of a server.
// Nothing of another cache or of the operator.
#include <unistd.h>

#include <string>

#include "protocol/compose.h"
#include "protocol/numbers.h"
#include "protocol/wire.h"
#include "serve/session.h"
#include "serve/version.h"

namespace cachery::serve {

using protocol::Dialect;
using protocol::Output;
using protocol::Request;

namespace {

// Sections of upstream's that have no meaning here and are answered empty.
bool is_empty_section(std::string_view name) {
  return name == "items" || name == "slabs" || name == "sizes" || name == "conns";
}

// What upstream says of a word that its operator forbids, or does not know.
std::string_view refusal_of(std::string_view section) {
  if (section == "cachedump") return "CLIENT_ERROR stats cachedump not allowed\r\n";
  if (section == "detail") return "CLIENT_ERROR stats detail not allowed\r\n";
  return "ERROR\r\n";
}

void say_number(const Request& request, std::string_view name, uint64_t number, Output& out) {
  char text[24];
  compose_stat(request, name,
               {text, static_cast<size_t>(protocol::put_number(text, number) - text)}, out);
}

void say_settings(const Request& request, const protocol::ParseLimits& limits, uint64_t limit_bytes,
                  uint64_t threads, Output& out) {
  say_number(request, "maxbytes", limit_bytes, out);
  say_number(request, "item_size_max", limits.item_bytes_max, out);
  say_number(request, "key_size_max", limits.key_bytes_max, out);
  say_number(request, "num_threads", threads, out);
  compose_stat(request, "cas_enabled", "yes", out);
  compose_stat(request, "evictions", "on", out);
  compose_stat(request, "auth_enabled_sasl", "yes", out);
}

}  // namespace

void Session::answer_stats(const Request& request, Output& out, const Now& now) {
  if (credential_ != nullptr && !credential_->key_prefix.empty()) {
    if (request.dialect == Dialect::binary) {
      return compose_binary_error(request, protocol::wire::auth_error, out);
    }
    return out.append("CLIENT_ERROR stats not permitted\r\n");
  }
  if (request.text == "reset") {
    const bool may_write = credential_ == nullptr || credential_->capabilities.write;
    if (!may_write) {
      if (request.dialect == Dialect::binary) {
        return compose_binary_error(request, protocol::wire::auth_error, out);
      }
      return out.append("CLIENT_ERROR stats reset not permitted\r\n");
    }
    context_.executor.reset_counters(*use_);
    if (request.dialect == Dialect::binary) return compose_stats_end(request, out);
    return out.append("RESET\r\n");
  }
  const tenant::CounterValues values = context_.executor.counters(*use_);
  if (request.text == "settings") {
    say_settings(request, parse_limits(), values[tenant::Counter::limit_maxbytes],
                 context_.settings.workers, out);
    return compose_stats_end(request, out);
  }
  if (is_empty_section(request.text)) return compose_stats_end(request, out);
  if (!request.text.empty()) {
    if (request.dialect == Dialect::binary) {
      return compose_binary_error(request, protocol::wire::not_found, out);
    }
    return out.append(refusal_of(request.text));
  }
  const auto unix_seconds = static_cast<uint64_t>(now.unix_seconds);
  say_number(request, "pid", static_cast<uint64_t>(getpid()), out);
  say_number(request, "uptime", unix_seconds - context_.settings.started_unix_seconds, out);
  say_number(request, "time", unix_seconds, out);
  compose_stat(request, "version", kProtocolVersion, out);
  say_number(request, "pointer_size", 8 * sizeof(void*), out);
  say_number(request, "threads", context_.settings.workers, out);
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    say_number(request, tenant::kCounters[i].name, values.values[i], out);
  }
  compose_stats_end(request, out);
}

}  // namespace cachery::serve
