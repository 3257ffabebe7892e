#include "api/v2_introspection.h"

#include <utility>

#include "api/v2_stats.h"
#include "base/limits.h"

namespace cachery::api {
namespace {

namespace schema = http::schema;
using http::answers;
using http::Method;
using http::Need;
using http::Response;

// The documents know 400 only for what is wrong with a request, also when it is a matter of what is
// there already.
Response refuse(const Error& error) {
  if (error.fault == Fault::conflict) return v2_error(400, error.detail);
  return v2_error(error);
}

Response respond(const JsonResult& answer) {
  return answer ? http::json_response(200, *answer) : refuse(answer.error());
}

http::Description describe_key_stats() {
  return answers(200, key_stats_schema())
      .with_query("key", schema::text(1, limits::kKeyBytesMax), Need::required);
}

http::Description over_time(std::string_view name) {
  return with_window(answers(200, results_schema(name, Tags::none)));
}

using Ask = JsonResult (*)(const InsightServices&, const V2Call&);

JsonResult ask_compound_stats(const InsightServices& services, const V2Call& call) {
  const auto window = window_of(call.request, services.clock.now().unix_seconds);
  if (!window) return std::unexpected(window.error());
  return compound_stats(services, call.cache(), *window);
}

JsonResult ask_prefix_stats(const InsightServices& services, const V2Call& call) {
  const auto id = path_number(call.request, "prefix");
  if (!id) return std::unexpected(id.error());
  const auto window = window_of(call.request, services.clock.now().unix_seconds);
  if (!window) return std::unexpected(window.error());
  return prefix_stats(services, call.cache(), *id, *window);
}

JsonResult ask_prefix_items(const InsightServices& services, const V2Call& call) {
  const auto id = path_number(call.request, "prefix");
  if (!id) return std::unexpected(id.error());
  return prefix_popular_items(services, call.cache(), *id);
}

Response unwatch(const InsightServices& services, const V2Call& call) {
  const auto id = path_number(call.request, "prefix");
  if (!id) return refuse(id.error());
  const Status done = services.prefixes.unwatch(call.caller.actor, call.cache(), *id);
  return done ? Response{.status = 204} : refuse(done.error());
}

struct Row {
  Method method;
  const char* path;
  const char* summary;
  Ask ask;
  http::Description (*describe)();
};

// clang-format off
const Row kRows[] = {
    {Method::get, "/introspection/recent_logs", "The last 100 requests of each server",
     [](const auto& services, const auto& call) { return recent_logs(services, call.cache()); },
     [] { return answers(200, recent_logs_schema()); }},
    {Method::get, "/introspection/compound_stats", "Items, bytes and rates over time",
     ask_compound_stats,
     [] { return over_time("compound_stats"); }},
    {Method::get, "/introspection/popular_items", "The keys and prefixes that are asked for most",
     [](const auto& services, const auto& call) { return popular_items(services, call.cache()); },
     [] { return answers(200, popular_items_schema()); }},
    {Method::get, "/introspection/key_stats", "One key: its size and how often it was used",
     [](const auto& services, const auto& call) {
       return key_stats(services, call.cache(), call.request);
     },
     describe_key_stats},
    {Method::get, "/introspection/prefixes", "The watched prefixes",
     [](const auto& services, const auto& call) {
       return watched_prefixes(services, call.cache());
     },
     [] { return answers(200, schema::list(watched_prefix_schema())); }},
    {Method::post, "/introspection/prefixes", "Watch a prefix",
     [](const auto& services, const auto& call) {
       return watch_prefix(services, call.cache(), call.caller.actor, call.request);
     },
     [] { return answers(200, watched_prefix_schema()).takes(watched_prefix_body_schema()); }},
    {Method::get, "/introspection/prefixes/{prefix}/stats", "A watched prefix over time",
     ask_prefix_stats,
     [] { return over_time("prefix_stats"); }},
    {Method::get, "/introspection/prefixes/{prefix}/popular_items",
     "The keys under a watched prefix that are asked for most", ask_prefix_items,
     [] { return answers(200, popular_items_schema()); }},
    {Method::get, "/insight/miss_ratio_curve", "The hit rate to expect at other sizes",
     [](const auto& services, const auto& call) {
       return miss_ratio_curve(services, call.cache());
     },
     [] { return answers(200, miss_ratio_curve_schema()); }},
};
// clang-format on

}  // namespace

std::vector<V2Row> v2_introspection_rows(const InsightServices& services) {
  std::vector<V2Row> rows;
  for (const Row& row : kRows) {
    rows.push_back(
        {row.method, row.path, row.summary,
         [services, ask = row.ask](const V2Call& call) { return respond(ask(services, call)); },
         row.describe()});
  }
  rows.push_back({Method::remove, "/introspection/prefixes/{prefix}", "Watch a prefix no more",
                  [services](const V2Call& call) { return unwatch(services, call); },
                  answers(204)});
  return rows;
}

}  // namespace cachery::api
