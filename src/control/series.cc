#include "control/series.h"

#include <algorithm>

namespace cachery::control {
namespace {

using enum tenant::Counter;
using enum SeriesKind;

constexpr std::string_view kPerSecond = "per second";
constexpr std::string_view kBytesPerSecond = "bytes per second";
constexpr std::string_view kRatio = "ratio";

constexpr CounterSet kGet = counter_set({cmd_get});
constexpr CounterSet kSet = counter_set({cmd_set});
constexpr CounterSet kDelete = counter_set({cmd_delete});
constexpr CounterSet kTouch = counter_set({cmd_touch});
constexpr CounterSet kFlush = counter_set({cmd_flush});
constexpr CounterSet kIncr = counter_set({incr_hits, incr_misses});
constexpr CounterSet kDecr = counter_set({decr_hits, decr_misses});
constexpr CounterSet kCas = counter_set({cas_hits, cas_misses, cas_badval});
// A cas is a storage command, and counted as one.
constexpr CounterSet kRequests = kGet | kSet | kDelete | kTouch | kFlush | kIncr | kDecr;
constexpr CounterSet kGetHits = counter_set({get_hits});
constexpr CounterSet kGetLookups = counter_set({get_hits, get_misses});

constexpr Series kSeries[] = {
    {"auth_cmds_rate", rate, kPerSecond, counter_set({auth_cmds}), 0, "Authentication attempts"},
    {"auth_errors_rate", rate, kPerSecond, counter_set({auth_errors}), 0,
     "Authentication attempts that failed"},
    {"bytes", level, "bytes", counter_set({bytes}), 0, "Memory used"},
    {"bytes_read_rate", rate, kBytesPerSecond, counter_set({bytes_read}), 0,
     "Bytes received from clients"},
    {"bytes_write_rate", rate, kBytesPerSecond, counter_set({bytes_written}), 0,
     "Bytes sent to clients"},
    {"cas_badval_rate", rate, kPerSecond, counter_set({cas_badval}), 0,
     "cas commands on a key that had changed"},
    {"cas_fraction", ratio, kRatio, kCas, kRequests, "Share of requests that are cas"},
    {"cas_hit_rate", ratio, kRatio, counter_set({cas_hits}), kCas,
     "Share of cas commands that stored"},
    {"cas_rate", rate, kPerSecond, kCas, 0, "cas commands"},
    {"connection_rate", rate, kPerSecond, counter_set({total_connections}), 0, "New connections"},
    {"connections", level, "connections", counter_set({curr_connections}), 0, "Open connections"},
    {"decr_fraction", ratio, kRatio, kDecr, kRequests, "Share of requests that are decr"},
    {"decr_hit_rate", ratio, kRatio, counter_set({decr_hits}), kDecr,
     "Share of decr commands whose key was there"},
    {"decr_rate", rate, kPerSecond, kDecr, 0, "decr commands"},
    {"delete_fraction", ratio, kRatio, kDelete, kRequests, "Share of requests that are delete"},
    {"delete_hit_rate", ratio, kRatio, counter_set({delete_hits}),
     counter_set({delete_hits, delete_misses}), "Share of delete commands whose key was there"},
    {"delete_rate", rate, kPerSecond, kDelete, 0, "delete commands"},
    {"eviction_rate", rate, kPerSecond, counter_set({evictions}), 0,
     "Live items removed to make room"},
    {"flush_fraction", ratio, kRatio, kFlush, kRequests, "Share of requests that are flush"},
    {"flush_rate", rate, kPerSecond, kFlush, 0, "flush commands"},
    {"get_expired_rate", rate, kPerSecond, counter_set({get_expired}), 0,
     "Keys asked for that had expired"},
    {"get_fraction", ratio, kRatio, kGet, kRequests, "Share of requests that are get, by keys"},
    {"get_hit_rate", ratio, kRatio, kGetHits, kGetLookups,
     "Share of keys asked for that were there"},
    {"get_rate", rate, kPerSecond, kGet, 0, "Keys asked for"},
    {"hit_rate", ratio, kRatio, kGetHits, kGetLookups,
     "Share of keys asked for that were there: how well the cache serves"},
    {"incr_fraction", ratio, kRatio, kIncr, kRequests, "Share of requests that are incr"},
    {"incr_hit_rate", ratio, kRatio, counter_set({incr_hits}), kIncr,
     "Share of incr commands whose key was there"},
    {"incr_rate", rate, kPerSecond, kIncr, 0, "incr commands"},
    {"items", level, "items", counter_set({curr_items}), 0, "Items held"},
    {"max_bytes", level, "bytes", counter_set({limit_maxbytes}), 0, "Memory that may be used"},
    {"request_rate", rate, kPerSecond, kRequests, 0, "Requests, each key of a get counted"},
    {"set_fraction", ratio, kRatio, kSet, kRequests,
     "Share of requests that store, cas among them"},
    {"set_rate", rate, kPerSecond, kSet, 0, "Storage commands, cas among them"},
    {"touch_fraction", ratio, kRatio, kTouch, kRequests,
     "Share of requests that are touch or get-and-touch"},
    {"touch_hit_rate", ratio, kRatio, counter_set({touch_hits}),
     counter_set({touch_hits, touch_misses}), "Share of touch commands whose key was there"},
    {"touch_rate", rate, kPerSecond, kTouch, 0, "touch and get-and-touch commands"},
};

static_assert(std::ranges::is_sorted(kSeries, {}, &Series::name), "find_series halves the table");

std::string names_of(CounterSet set) {
  std::string names;
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    if ((set >> i & 1) == 0) continue;
    if (!names.empty()) names += " + ";
    names += tenant::kCounters[i].name;
  }
  return names;
}

double sum_of(CounterSet set, const Span& span) {
  double sum = 0;
  for (size_t i = 0; i < tenant::kCounterCount; ++i) {
    if ((set >> i & 1) != 0) sum += span.values[i];
  }
  return sum;
}

std::string in_brackets(CounterSet set) {
  const std::string names = names_of(set);
  return names.find(' ') == std::string::npos ? names : "(" + names + ")";
}

}  // namespace

std::span<const Series> all_series() { return kSeries; }

const Series* find_series(std::string_view name) {
  const auto* at = std::ranges::lower_bound(kSeries, name, {}, &Series::name);
  return at != std::end(kSeries) && at->name == name ? at : nullptr;
}

std::string formula_of(const Series& series) {
  switch (series.kind) {
    case rate:
      return in_brackets(series.sum) + " / seconds";
    case ratio:
      return in_brackets(series.sum) + " / " + in_brackets(series.of);
    case level:
      return names_of(series.sum);
  }
  return {};
}

std::optional<double> value_of(const Series& series, const Span& span) {
  if (span.seconds <= 0) return std::nullopt;
  const double sum = sum_of(series.sum, span);
  if (series.kind == rate) return sum / span.seconds;
  if (series.kind == level) return span.has_levels ? std::optional(sum) : std::nullopt;
  const double of = sum_of(series.of, span);
  return of > 0 ? std::optional(sum / of) : std::nullopt;
}

}  // namespace cachery::control
