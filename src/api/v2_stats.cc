#include "api/v2_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/query.h"
#include "api/v2_latency.h"
#include "base/rfc3339.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::Series;
using control::SpanPoint;
using http::Response;
using tenant::Counter;

constexpr Counter kDocumented[] = {
    Counter::auth_cmds,     Counter::auth_errors,      Counter::bytes,
    Counter::bytes_read,    Counter::bytes_written,    Counter::cas_badval,
    Counter::cas_hits,      Counter::cas_misses,       Counter::cmd_delete,
    Counter::cmd_flush,     Counter::cmd_get,          Counter::cmd_set,
    Counter::cmd_touch,     Counter::curr_connections, Counter::curr_items,
    Counter::decr_hits,     Counter::decr_misses,      Counter::delete_hits,
    Counter::delete_misses, Counter::evictions,        Counter::expired,
    Counter::get_hits,      Counter::get_misses,       Counter::incr_hits,
    Counter::incr_misses,   Counter::limit_maxbytes,   Counter::total_connections,
    Counter::total_items,   Counter::touch_hits,       Counter::touch_misses,
};

Response stats(const HistoryServices& services, const V2Call& call) {
  const auto values = services.node.counters(call.cache());
  if (!values) return v2_error(values.error());
  const int64_t now = services.clock.now().unix_seconds;
  return http::json_response(200, documented_stats(*values, now));
}

json::object result_of(const std::vector<const Series*>& series,
                       const std::vector<SpanPoint>& points) {
  json::array columns{"time"};
  for (const Series* one : series) columns.emplace_back(json::string_view(one->name));
  json::array values;
  for (const SpanPoint& point : points) {
    json::array row{format_rfc3339(point.start)};
    for (const Series* one : series) row.push_back(number_or_null(value_of(*one, point.span)));
    values.push_back(std::move(row));
  }
  return {
      {"name", "processed_stats"}, {"columns", std::move(columns)}, {"values", std::move(values)}};
}

// What both forms of processed_stats ask for.
struct Query {
  std::vector<const Series*> series;
  std::vector<control::NodeSpans> nodes;
};

Result<Query> run_query(const HistoryServices& services, const V2Call& call) {
  auto series = series_of(query_value(call.request, "names").value_or(""));
  if (!series) return std::unexpected(series.error());
  const int64_t now = services.clock.now().unix_seconds;
  const auto window = window_of(call.request, now);
  if (!window) return std::unexpected(window.error());
  auto nodes = services.reader.spans(call.cache(), *window,
                                     resolution_for(control::kCounterResolutions, *window, now));
  if (!nodes) return std::unexpected(nodes.error());
  return Query{std::move(*series), std::move(*nodes)};
}

Response processed_stats(const HistoryServices& services, const V2Call& call) {
  const auto query = run_query(services, call);
  if (!query) return v2_error(query.error());
  return http::without_secrets(
      http::json_response(200, json::array{result_of(query->series, merged(query->nodes))}));
}

Response processed_stats_per_server(const HistoryServices& services, const V2Call& call) {
  const auto query = run_query(services, call);
  if (!query) return v2_error(query.error());
  json::array results;
  for (const control::NodeSpans& node : query->nodes) {
    json::object result = result_of(query->series, node.points);
    result["tags"] = {{"server", server_name(services.addresses, node.node)}};
    results.push_back(std::move(result));
  }
  return http::without_secrets(http::json_response(200, results));
}

// Names of series with commas between them.
http::Schema names_schema() {
  std::string names;
  for (const Series& series : control::all_series()) {
    if (!names.empty()) names += '|';
    names += series.name;
  }
  return schema::text_like(fmt::format("^({0})(,({0}))*$", names));
}

http::Description processed(Tags tags) {
  return with_window(http::answers(200, results_schema("processed_stats", tags))
                         .with_query("names", names_schema(), http::Need::required));
}

}  // namespace

json::object documented_stats(const tenant::CounterValues& values, int64_t unix_seconds) {
  json::object stats;
  for (const Counter counter : kDocumented) {
    const auto name = tenant::kCounters[static_cast<size_t>(counter)].name;
    // Where the alphabet has it, as in the documents.
    if (counter == Counter::total_connections) stats["time"] = unix_seconds;
    stats[json::string_view(name.data(), name.size())] = values[counter];
  }
  return stats;
}

http::Schema documented_stats_schema() {
  schema::Fields fields{{"time", schema::integer()}};
  for (const Counter counter : kDocumented) {
    fields.push_back({tenant::kCounters[static_cast<size_t>(counter)].name, schema::integer()});
  }
  return schema::named("Stats", schema::object(std::move(fields)));
}

http::Schema results_schema(std::string_view name, Tags tags) {
  const auto value = schema::any_of({schema::text(), schema::nullable(schema::number())});
  schema::Fields fields{{"name", schema::choice({name})},
                        {"columns", schema::list(schema::text())},
                        {"values", schema::list(schema::list(value))}};
  if (tags == Tags::server) {
    fields.push_back({"tags", schema::object({{"server", schema::text()}})});
  }
  return schema::list(schema::object(std::move(fields)));
}

http::Description with_window(http::Description description, const WindowNames& names) {
  return std::move(description)
      .with_query(names.start, schema::text())
      .with_query(names.end, schema::text());
}

std::string server_name(const ServiceAddresses& addresses, uint32_t node) {
  if (node < addresses.servers.size()) return addresses.servers[node];
  return fmt::format("node-{}", node);
}

json::value number_or_null(std::optional<double> value) {
  constexpr double kExact = 9'007'199'254'740'992;  // 2^53
  if (!value || !std::isfinite(*value)) return nullptr;
  if (std::trunc(*value) == *value && std::abs(*value) < kExact) {
    return static_cast<int64_t>(*value);
  }
  return *value;
}

Result<std::vector<const Series*>> series_of(std::string_view names) {
  if (names.empty()) {
    return fail(Fault::invalid, "the query parameter names is required: names=hit_rate,get_rate");
  }
  std::vector<const Series*> found;
  for (bool is_last = false; !is_last;) {
    const size_t comma = std::min(names.find(','), names.size());
    const std::string_view name = names.substr(0, comma);
    const Series* series = control::find_series(name);
    if (series == nullptr) {
      return fail(Fault::invalid, fmt::format("there is no series \"{}\"", name));
    }
    if (std::ranges::find(found, series) != found.end()) {
      return fail(Fault::invalid, fmt::format("\"{}\" is named twice", name));
    }
    found.push_back(series);
    is_last = comma == names.size();
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return found;
}

std::vector<V2Row> v2_stats_rows(const HistoryServices& services) {
  using enum http::Method;
  const auto bound = [services](Response (*answer)(const HistoryServices&, const V2Call&)) {
    return [services, answer](const V2Call& call) { return answer(services, call); };
  };
  return {
      {get, "/stats", "The cache's counters", bound(stats),
       http::answers(200, documented_stats_schema())},
      {get, "/insight/processed_stats", "Derived series over time", bound(processed_stats),
       processed(Tags::none)},
      {get, "/insight/processed_stats/per_server", "Derived series over time, a server each",
       bound(processed_stats_per_server), processed(Tags::server)},
      {get, "/insight/latency", "How long requests took, a server each", bound(v2_latency),
       with_window(http::answers(200, results_schema("latency", Tags::server)))},
  };
}

}  // namespace cachery::api
