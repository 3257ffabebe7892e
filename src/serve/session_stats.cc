// The `stats` command: the connection's cache, and what clients of upstream expect of a server, one
// table a section. A section that is empty for upstream's clients breaks some: they take it for an
// error.
// Nothing of another cache or of the operator.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <span>
#include <string>
#include <utility>

#include "protocol/compose.h"
#include "protocol/numbers.h"
#include "protocol/wire.h"
#include "serve/session.h"
#include "serve/version.h"

namespace cachery::serve {

using protocol::Output;
using protocol::Request;
using tenant::Counter;

namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;

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

// What the rows below are made of.
struct Facts {
  const tenant::CounterValues& values;
  const SessionSettings& settings;
  const protocol::ParseLimits& limits;
  uint64_t uptime = 0;
  uint64_t unix_seconds = 0;
  uint64_t connections_max = 0;  // of the cache

  uint64_t get(Counter counter) const { return values[counter]; }
};

struct Row {
  std::string_view name;
  uint64_t (*value)(const Facts&);
};

constexpr auto kNone = [](const Facts&) -> uint64_t { return 0; };

// What monitors of memcached ask a server for, beside the counters: docs/guide/statistics.md says
// what each means for a cache.
constexpr Row kServerRows[] = {
    {"pid", [](const Facts&) { return static_cast<uint64_t>(getpid()); }},
    {"uptime", [](const Facts& of) { return of.uptime; }},
    {"time", [](const Facts& of) { return of.unix_seconds; }},
    {"pointer_size", [](const Facts&) -> uint64_t { return 8 * sizeof(void*); }},
    {"threads", [](const Facts& of) -> uint64_t { return of.settings.workers; }},
    {"max_connections", [](const Facts& of) { return of.connections_max; }},
    {"connection_structures", [](const Facts& of) { return of.get(Counter::curr_connections); }},
    {"accepting_conns",
     [](const Facts& of) -> uint64_t {
       return of.get(Counter::curr_connections) < of.connections_max ? 1 : 0;
     }},
    {"listen_disabled_num", [](const Facts& of) { return of.get(Counter::rejected_connections); }},
    {"conn_yields", [](const Facts& of) { return of.get(Counter::throttled); }},
    {"get_flushed", kNone},
    {"reclaimed", [](const Facts& of) { return of.get(Counter::expired); }},
};

// All items are of one class, whose number `me` tells too.
constexpr Row kItemRows[] = {
    {"items:1:number", [](const Facts& of) { return of.get(Counter::curr_items); }},
    {"items:1:age", kNone},
    {"items:1:mem_requested", [](const Facts& of) { return of.get(Counter::bytes); }},
    {"items:1:evicted", [](const Facts& of) { return of.get(Counter::evictions); }},
    {"items:1:evicted_nonzero", kNone},
    {"items:1:evicted_time", kNone},
    {"items:1:outofmemory", [](const Facts& of) { return of.get(Counter::store_no_memory); }},
    {"items:1:tailrepairs", kNone},
    {"items:1:reclaimed", [](const Facts& of) { return of.get(Counter::expired); }},
};

constexpr Row kSlabRows[] = {
    {"1:chunk_size", [](const Facts&) -> uint64_t { return 1; }},
    {"1:chunks_per_page", [](const Facts& of) { return of.get(Counter::limit_maxbytes); }},
    {"1:total_pages", [](const Facts&) -> uint64_t { return 1; }},
    {"1:total_chunks", [](const Facts& of) { return of.get(Counter::limit_maxbytes); }},
    {"1:used_chunks", [](const Facts& of) { return of.get(Counter::bytes); }},
    {"1:free_chunks",
     [](const Facts& of) {
       const uint64_t bytes = of.get(Counter::bytes);
       const uint64_t limit = of.get(Counter::limit_maxbytes);
       return limit - std::min(bytes, limit);
     }},
    {"1:free_chunks_end", kNone},
    {"1:get_hits", [](const Facts& of) { return of.get(Counter::get_hits); }},
    {"1:cmd_set", [](const Facts& of) { return of.get(Counter::cmd_set); }},
    {"1:delete_hits", [](const Facts& of) { return of.get(Counter::delete_hits); }},
    {"1:incr_hits", [](const Facts& of) { return of.get(Counter::incr_hits); }},
    {"1:decr_hits", [](const Facts& of) { return of.get(Counter::decr_hits); }},
    {"1:cas_hits", [](const Facts& of) { return of.get(Counter::cas_hits); }},
    {"1:cas_badval", [](const Facts& of) { return of.get(Counter::cas_badval); }},
    {"1:touch_hits", [](const Facts& of) { return of.get(Counter::touch_hits); }},
    {"active_slabs", [](const Facts&) -> uint64_t { return 1; }},
    {"total_malloced", [](const Facts& of) { return of.get(Counter::bytes); }},
};

constexpr Row kSettingRows[] = {
    {"maxbytes", [](const Facts& of) { return of.get(Counter::limit_maxbytes); }},
    {"maxconns", [](const Facts& of) { return of.connections_max; }},
    {"verbosity", kNone},
    {"item_size_max", [](const Facts& of) -> uint64_t { return of.limits.item_bytes_max; }},
    {"key_size_max", [](const Facts& of) -> uint64_t { return of.limits.key_bytes_max; }},
    {"num_threads", [](const Facts& of) -> uint64_t { return of.settings.workers; }},
};

constexpr std::pair<std::string_view, std::string_view> kSettingWords[] = {
    {"evictions", "on"},           {"cas_enabled", "yes"},   {"auth_enabled_sasl", "yes"},
    {"auth_enabled_ascii", "yes"}, {"flush_enabled", "yes"}, {"dump_enabled", "no"},
    {"detail_enabled", "no"},      {"stat_key_prefix", ":"}, {"binding_protocol", "auto-negotiate"},
};

void say_rows(const Request& request, std::span<const Row> rows, const Facts& facts, Output& out) {
  for (const Row& row : rows) say_number(request, row.name, row.value(facts), out);
}

// Processor time of the process, which tells nobody of a neighbour where there is none.
void say_processor_time(const Request& request, bool is_alone, Output& out) {
  rusage usage{};
  if (is_alone) getrusage(RUSAGE_SELF, &usage);
  const auto say = [&](std::string_view name, const timeval& time) {
    char text[40];
    const int length =
        std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(time.tv_sec),
                      static_cast<long long>(time.tv_usec));
    compose_stat(request, name, {text, static_cast<size_t>(length)}, out);
  };
  say("rusage_user", usage.ru_utime);
  say("rusage_system", usage.ru_stime);
}

void say_server(const Request& request, const Facts& facts, Output& out) {
  compose_stat(request, "version", kProtocolVersion, out);
  say_rows(request, kServerRows, facts, out);
  say_processor_time(request, facts.settings.open_cache != 0, out);
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    say_number(request, tenant::kCounters[i].name, facts.values.values[i], out);
  }
}

// False: there is no such section.
bool say_section(const Request& request, const Facts& facts, Output& out) {
  const std::string_view section = request.text;
  if (section.empty()) {
    say_server(request, facts, out);
  } else if (section == "settings") {
    say_rows(request, kSettingRows, facts, out);
    for (const auto& [name, word] : kSettingWords) compose_stat(request, name, word, out);
  } else if (section == "items") {
    say_rows(request, kItemRows, facts, out);
  } else if (section == "slabs") {
    say_rows(request, kSlabRows, facts, out);
  } else if (section == "sizes") {
    compose_stat(request, "sizes_status", "disabled", out);
  } else if (section != "conns") {  // whose addresses are nobody's business
    return false;
  }
  return true;
}

}  // namespace

void Session::answer_stats(const Request& request, Output& out, const Now& now) {
  if (credential_ != nullptr && !credential_->key_prefix.empty()) {
    return compose_error(request, "CLIENT_ERROR stats not permitted\r\n",
                         protocol::wire::auth_error, out);
  }
  if (request.text == "reset") {
    const bool may_write = credential_ == nullptr || credential_->capabilities.write;
    if (!may_write) {
      return compose_error(request, "CLIENT_ERROR stats reset not permitted\r\n",
                           protocol::wire::auth_error, out);
    }
    context_.executor.reset_counters(*use_);
    return compose_done(request, "RESET\r\n", out);
  }
  const tenant::CounterValues values = context_.executor.counters(*use_);
  const protocol::ParseLimits limits = parse_limits();
  const Now& started = context_.settings.started;
  const Facts facts{.values = values,
                    .settings = context_.settings,
                    .limits = limits,
                    .uptime = (now.steady_ns - started.steady_ns) / kSecondNs,
                    .unix_seconds = static_cast<uint64_t>(now.unix_seconds),
                    .connections_max = connections_max()};
  if (say_section(request, facts, out)) return compose_stats_end(request, out);
  compose_error(request, refusal_of(request.text), protocol::wire::not_found, out);
}

// A cache without a limit of its own may have all of the node's.
uint64_t Session::connections_max() const {
  const tenant::Cache* cache = context_.table ? context_.table->find_cache(cache_) : nullptr;
  const uint32_t own = cache == nullptr ? 0 : cache->limits.connections_max;
  return own != 0 ? own : context_.settings.connections_max;
}

}  // namespace cachery::serve
