#include "api/history.h"

#include <fmt/format.h>

#include <chrono>
#include <map>
#include <mutex>

#include "api/describe.h"
#include "api/latency_json.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::CacheRecord;
using control::Series;
using http::answers;
using http::Request;
using http::Response;
using tenant::CounterKind;

constexpr WindowNames kNames{.start = "start", .end = "end"};
constexpr uint64_t kLiveNs = 2'000'000'000;
constexpr std::chrono::milliseconds kLivePeriod{kLiveNs / 1'000'000};
constexpr std::string_view kEvents = "text/event-stream";
// Of caches that somebody looked at lately; the one that was looked at longest ago makes room.
constexpr size_t kLiveCachesMax = 1'000;
// An earlier look than that says nothing of this moment: the mean since would be told as live.
constexpr uint64_t kLiveLookNs = 60'000'000'000;

std::string_view name_of(control::SeriesKind kind) {
  switch (kind) {
    case control::SeriesKind::rate:
      return "rate";
    case control::SeriesKind::ratio:
      return "ratio";
    case control::SeriesKind::level:
      return "level";
  }
  return "";
}

json::object describe(const Series& series) {
  return {{"name", series.name},
          {"kind", name_of(series.kind)},
          {"unit", series.unit},
          {"formula", formula_of(series)},
          {"help", series.help}};
}

std::vector<const Series*> every_series() {
  std::vector<const Series*> all;
  for (const Series& series : control::all_series()) all.push_back(&series);
  return all;
}

Response list_series() {
  json::array all;
  for (const Series& series : control::all_series()) all.push_back(describe(series));
  return http::json_response(200, {{"series", std::move(all)}});
}

Response series(const HistoryServices& services, const Request& request, const CacheRecord& cache) {
  const std::string_view names = query_value(request, "names").value_or("");
  const auto wanted = names.empty() ? every_series() : series_of(names);
  if (!wanted) return http::error_response(wanted.error());
  const int64_t now = services.clock.now().unix_seconds;
  const auto window = window_of(request, now, kNames);
  if (!window) return http::error_response(window.error());
  const control::Resolution& resolution =
      resolution_for(control::kCounterResolutions, *window, now);
  const auto nodes = services.reader.spans(cache.id, *window, resolution);
  if (!nodes) return http::error_response(nodes.error());
  json::array described;
  for (const Series* one : *wanted) described.push_back(describe(*one));
  json::array points;
  for (const control::SpanPoint& point : merged(*nodes)) {
    json::array row{point.start};
    for (const Series* one : *wanted) row.push_back(number_or_null(value_of(*one, point.span)));
    points.push_back(std::move(row));
  }
  return http::without_secrets(http::json_response(200, {{"start", window->start},
                                                         {"end", window->end},
                                                         {"step_seconds", resolution.step_seconds},
                                                         {"series", std::move(described)},
                                                         {"points", std::move(points)}}));
}

Response latency(const HistoryServices& services, const Request& request,
                 const CacheRecord& cache) {
  const int64_t now = services.clock.now().unix_seconds;
  const auto window = window_of(request, now, kNames);
  if (!window) return http::error_response(window.error());
  const control::Resolution& resolution =
      resolution_for(control::kCounterResolutions, *window, now);
  const auto nodes = services.reader.cache_latencies(cache.id, *window, resolution);
  if (!nodes) return http::error_response(nodes.error());
  json::array servers;
  for (const control::NodeLatencies& node : *nodes) {
    json::array points;
    for (const control::LatencyPoint& point : node.points) {
      points.push_back(json::array{point.start, point.mean_ns, number_or_null(point.p50_ns),
                                   number_or_null(point.p99_ns)});
    }
    servers.push_back(
        {{"server", server_name(services.addresses, node.node)}, {"points", std::move(points)}});
  }
  return http::without_secrets(
      http::json_response(200, {{"start", window->start},
                                {"end", window->end},
                                {"step_seconds", resolution.step_seconds},
                                {"unit", "nanoseconds"},
                                {"columns", {"time", "mean", "p50", "p99"}},
                                {"servers", std::move(servers)}}));
}

// The counters of caches that are being looked at, each with those before it, so that rates can be
// told. Any thread.
class Live {
 public:
  Response answer(const HistoryServices& services, tenant::CacheId cache) {
    const Now now = services.clock.now();
    const std::lock_guard lock(mutex_);
    const auto at = seen_.find(cache);
    const bool is_known =
        at != seen_.end() && now.steady_ns - at->second.now.steady_ns <= kLiveLookNs;
    if (is_known && now.steady_ns - at->second.now.steady_ns < kLiveNs) return at->second.answer;
    const auto values = services.node.counters(cache);
    if (!values) return http::error_response(values.error());
    Seen seen{now, *values, {}, {}};
    const Seen* before = is_known ? &at->second : nullptr;
    const auto nodes = services.node.cache_latencies(cache);
    // Who looks for the first time is told of the last minute.
    const auto latencies =
        is_known ? latencies_between(*before, nodes, now) : services.watch.latencies(cache);
    seen.latencies = packed(nodes);
    seen.answer = compose(before, seen, to_json(latencies, services.addresses));
    if (at == seen_.end() && seen_.size() >= kLiveCachesMax) drop_oldest();
    return (seen_[cache] = std::move(seen)).answer;
  }

 private:
  struct Seen {
    Now now;
    tenant::CounterValues values;
    std::map<uint32_t, control::PackedFamilies> latencies;  // by node
    Response answer;
  };

  static double seconds_between(const Now& before, const Now& now) {
    return static_cast<double>(now.steady_ns - before.steady_ns) / 1e9;
  }

  static std::map<uint32_t, control::PackedFamilies> packed(
      const std::vector<tenant::NodeCacheLatencies>& nodes) {
    std::map<uint32_t, control::PackedFamilies> all;
    for (const tenant::NodeCacheLatencies& node : nodes) {
      for (const tenant::CacheLatency& cache : node.caches) {
        all[node.node] = control::pack_families(cache);
      }
    }
    return all;
  }

  static std::vector<control::CacheLatencySummary> latencies_between(
      const Seen& before, const std::vector<tenant::NodeCacheLatencies>& nodes, const Now& now) {
    std::vector<control::CacheLatencySummary> all;
    const double seconds = seconds_between(before.now, now);
    for (const tenant::NodeCacheLatencies& node : nodes) {
      const auto known = before.latencies.find(node.node);
      for (const tenant::CacheLatency& cache : node.caches) {
        all.push_back(control::summarize(
            node.node, known == before.latencies.end() ? control::PackedFamilies{} : known->second,
            cache, seconds));
      }
    }
    return all;
  }

  static Response compose(const Seen* before, const Seen& seen, json::array latencies) {
    control::Span span{.has_levels = true};
    json::object stats;
    if (before != nullptr) span.seconds = seconds_between(before->now, seen.now);
    for (size_t i = 0; i < tenant::kCounterCount; ++i) {
      const uint64_t value = seen.values.values[i];
      stats[tenant::kCounters[i].name] = value;
      if (tenant::kCounters[i].kind == CounterKind::gauge) {
        span.values[i] = static_cast<double>(value);
      } else if (before != nullptr && value > before->values.values[i]) {
        span.values[i] = static_cast<double>(value - before->values.values[i]);
      }
    }
    json::object rates;
    for (const Series& series : control::all_series()) {
      rates[series.name] = number_or_null(value_of(series, span));
    }
    return http::json_response(200, {{"time", seen.now.unix_seconds},
                                     {"seconds", number_or_null(span.seconds)},
                                     {"stats", std::move(stats)},
                                     {"series", std::move(rates)},
                                     {"latency", std::move(latencies)}});
  }

  void drop_oldest() {
    const auto oldest = std::ranges::min_element(
        seen_, {}, [](const auto& entry) { return entry.second.now.steady_ns; });
    seen_.erase(oldest);
  }

  std::mutex mutex_;
  std::map<tenant::CacheId, Seen> seen_;  // guarded by mutex_
};

http::Schema series_schema() {
  return schema::named("Series",
                       schema::object({{"name", schema::text()},
                                       {"kind", schema::choice({"rate", "ratio", "level"})},
                                       {"unit", schema::text()},
                                       {"formula", schema::text()},
                                       {"help", schema::text()}}));
}

http::Description describe_list() {
  return describe_open(http::Method::get, "/series",
                       answers(200, schema::object({{"series", schema::list(series_schema())}})));
}

// {"start", "end", "step_seconds"} and `more`.
http::Description describe_window(schema::Fields more) {
  schema::Fields fields{{"start", schema::integer()},
                        {"end", schema::integer()},
                        {"step_seconds", schema::integer()}};
  for (schema::Field& field : more) fields.push_back(std::move(field));
  return with_window(
      describe_admin(http::Method::get, "{cache}", answers(200, schema::object(std::move(fields)))),
      kNames);
}

http::Description describe_series() {
  const auto value = schema::nullable(schema::number());
  return describe_window({{"series", schema::list(series_schema())},
                          {"points", schema::list(schema::list(value))}})
      .with_query("names", schema::text());
}

http::Description describe_latency() {
  const auto point = schema::list(schema::nullable(schema::number()));  // one a column
  const auto server = schema::object({{"server", schema::text()}, {"points", schema::list(point)}});
  return describe_window({{"unit", schema::choice({"nanoseconds"})},
                          {"columns", schema::list(schema::choice({"time", "mean", "p50", "p99"}))},
                          {"servers", schema::list(server)}});
}

http::Description describe_live() {
  const auto values = schema::map_of(schema::nullable(schema::number()));
  return describe_admin(http::Method::get, "{cache}",
                        answers(200, schema::object({{"time", schema::integer()},
                                                     {"seconds", schema::number()},
                                                     {"stats", schema::map_of(schema::integer())},
                                                     {"series", values},
                                                     {"latency", latencies_schema()}})))
      .also({.status = 200, .schema = schema::text(), .media_type = std::string(kEvents)});
}

std::string event_of(std::string_view sample) {
  if (sample.ends_with('\n')) sample.remove_suffix(1);
  return fmt::format("data: {}\n\n", sample);
}

// A sample every two seconds as server-sent events (the HTML standard, 9.2), for who asks for them.
// Each is what a request of its own would be answered, so who may see the cache no more, or whose
// session has ended, is told no more.
http::Handler live_events(http::Handler live) {
  return [live = std::move(live)](const Request& request) {
    Response first = live(request);
    const bool wants_events = request.header("Accept").find(kEvents) != std::string_view::npos;
    if (first.status != 200 || !wants_events) return first;
    first.content_type = kEvents;
    first.body = event_of(first.body);
    first.stream = http::Stream{.period = kLivePeriod,
                                .next = [live, request]() -> std::optional<std::string> {
                                  const Response answer = live(request);
                                  if (answer.status != 200) return std::nullopt;
                                  return event_of(answer.body);
                                }};
    return first;
  };
}

}  // namespace

std::vector<http::Endpoint> history_endpoints(const HistoryServices& services,
                                              const CacheGuard& guard) {
  // Shared by the handlers of one table, which may be copied.
  const auto live = std::make_shared<Live>();
  return {
      {http::Method::get, "/api/admin/v1/series", "The derived series: name, unit, formula, help",
       [](const Request&) { return list_series(); }, http::Pace::quick, describe_list()},
      {http::Method::get, "/api/admin/v1/caches/{cache}/series", "Derived series over time",
       guard([services](const Request& request, const CacheRecord& cache) {
         return series(services, request, cache);
       }),
       http::Pace::quick, describe_series()},
      {http::Method::get, "/api/admin/v1/caches/{cache}/latency",
       "How long the cache's requests took, a server each",
       guard([services](const Request& request, const CacheRecord& cache) {
         return latency(services, request, cache);
       }),
       http::Pace::quick, describe_latency()},
      {http::Method::get, "/api/admin/v1/caches/{cache}/live",
       "Counters and series of this moment, at most two seconds old",
       live_events(guard([services, live](const Request&, const CacheRecord& cache) {
         return live->answer(services, cache.id);
       })),
       http::Pace::quick, describe_live()},
  };
}

}  // namespace cachery::api
