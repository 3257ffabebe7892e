#include "api/insight.h"

#include <utility>

#include "api/describe.h"
#include "api/key_text.h"
#include "api/page_query.h"
#include "api/query.h"
#include "base/limits.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::CacheRecord;
using http::answers;
using http::Endpoint;
using http::Method;
using http::Need;
using http::Request;
using http::Response;

constexpr WindowNames kNames{.start = "start", .end = "end"};

Response respond(const JsonResult& answer) {
  return answer ? http::json_response(200, *answer) : http::error_response(answer.error());
}

using Ask = JsonResult (*)(const InsightServices&, const CacheRecord&, const Request&);

JsonResult ask_compound_stats(const InsightServices& services, const CacheRecord& cache,
                              const Request& request) {
  const auto window = window_of(request, services.clock.now().unix_seconds, kNames);
  if (!window) return std::unexpected(window.error());
  return compound_stats(services, cache.id, *window);
}

JsonResult ask_prefix_stats(const InsightServices& services, const CacheRecord& cache,
                            const Request& request) {
  const auto id = path_id(request, "prefix");
  if (!id) return std::unexpected(id.error());
  const auto window = window_of(request, services.clock.now().unix_seconds, kNames);
  if (!window) return std::unexpected(window.error());
  return prefix_stats(services, cache.id, *id, *window);
}

JsonResult ask_prefix_items(const InsightServices& services, const CacheRecord& cache,
                            const Request& request) {
  const auto id = path_id(request, "prefix");
  if (!id) return std::unexpected(id.error());
  return prefix_popular_items(services, cache.id, *id, Form::whole);
}

JsonResult ask_flushes(const InsightServices& services, const CacheRecord& cache,
                       const Request& request) {
  const auto query = page_query(request, control::kFlushPageRowsMax);
  if (!query) return std::unexpected(query.error());
  const auto page = services.flushes.list(cache.id, query->before, query->limit);
  if (!page) return std::unexpected(page.error());
  json::array rows;
  for (const control::FlushRecord& flush : page->rows) {
    rows.push_back({{"id", flush.id},
                    {"at", flush.at_unix_seconds},
                    {"server", server_name(services.addresses, flush.node)},
                    {"origin", name_of(flush.origin)},
                    {"credential", key_text(flush.credential)},
                    {"address", flush.address},
                    {"times", flush.times},
                    {"last_at", flush.last_unix_seconds}});
  }
  return json::object{{"flushes", std::move(rows)}, {"has_more", page->has_more}};
}

http::Description describe_key_stats() {
  return answers(200, key_stats_schema())
      .with_query("key", schema::text(1, limits::kKeyBytesMax), Need::required);
}

http::Description over_time(std::string_view name) {
  return with_window(answers(200, results_schema(name, Tags::none)), kNames);
}

http::Description describe_flushes() {
  const auto flush = schema::object({{"id", schema::integer()},
                                     {"at", schema::integer()},
                                     {"server", schema::text()},
                                     {"origin", schema::text()},
                                     {"credential", schema::text()},
                                     {"address", schema::text()},
                                     {"times", schema::integer()},
                                     {"last_at", schema::integer()}});
  return with_page(answers(200, schema::object({{"flushes", schema::list(flush)},
                                                {"has_more", schema::truth()}})),
                   control::kFlushPageRowsMax);
}

struct Row {
  const char* path;  // below /api/admin/v1/caches/{cache}
  const char* summary;
  Ask ask;
  http::Description (*describe)();
};

// clang-format off
const Row kRows[] = {
    {"/insight/recent_requests", "The last 100 requests of each server",
     [](const auto& services, const auto& cache, const auto&) {
       return recent_logs(services, cache.id);
     },
     [] { return answers(200, recent_logs_schema()); }},
    {"/insight/popular_items", "The keys and prefixes that are asked for most",
     [](const auto& services, const auto& cache, const auto&) {
       return popular_items(services, cache.id, Form::whole);
     },
     [] { return answers(200, popular_items_schema(Form::whole)); }},
    {"/insight/key_stats", "One key: its size and how often it was used",
     [](const auto& services, const auto& cache, const auto& request) {
       return key_stats(services, cache.id, request);
     },
     describe_key_stats},
    {"/insight/compound_stats", "Items, bytes and rates over time", ask_compound_stats,
     [] { return over_time("compound_stats"); }},
    {"/insight/prefixes", "The watched prefixes",
     [](const auto& services, const auto& cache, const auto&) {
       return watched_prefixes(services, cache.id, Form::whole);
     },
     [] { return answers(200, schema::list(watched_prefix_schema(Form::whole))); }},
    {"/insight/prefixes/{prefix}/stats", "A watched prefix over time", ask_prefix_stats,
     [] { return over_time("prefix_stats"); }},
    {"/insight/prefixes/{prefix}/popular_items",
     "The keys under a watched prefix that are asked for most", ask_prefix_items,
     [] { return answers(200, popular_items_schema(Form::whole)); }},
    {"/insight/miss_ratio_curve", "The hit rate to expect at other sizes",
     [](const auto& services, const auto& cache, const auto&) {
       return miss_ratio_curve(services, cache.id);
     },
     [] { return answers(200, miss_ratio_curve_schema()); }},
    {"/flushes", "Each flush of the cache, the newest first", ask_flushes,
     describe_flushes},
};
// clang-format on

Response watch(const InsightServices& services, const Request& request, const CacheRecord& cache,
               const control::Actor& actor) {
  return respond(watch_prefix(services, cache.id, actor, request, Form::whole));
}

Response unwatch(const InsightServices& services, const Request& request, const CacheRecord& cache,
                 const control::Actor& actor) {
  const auto id = path_id(request, "prefix");
  if (!id) return http::error_response(id.error());
  const Status done = services.prefixes.unwatch(actor, cache.id, *id);
  return done ? Response{.status = 204} : http::error_response(done.error());
}

}  // namespace

std::vector<Endpoint> insight_endpoints(const InsightServices& services, const CacheGuard& may_see,
                                        const ActingGuard& may_change) {
  const std::string base = "/api/admin/v1/caches/{cache}";
  std::vector<Endpoint> endpoints;
  for (const Row& row : kRows) {
    const std::string path = base + row.path;
    endpoints.push_back({.method = Method::get,
                         .path = path,
                         .summary = row.summary,
                         .handler = may_see([services, ask = row.ask](const Request& request,
                                                                      const CacheRecord& cache) {
                           return respond(ask(services, cache, request));
                         }),
                         .description = describe_admin(Method::get, path, row.describe())});
  }
  const std::string prefixes = base + "/insight/prefixes";
  endpoints.push_back(
      {.method = Method::post,
       .path = prefixes,
       .summary = "Watch a prefix",
       .handler = may_change([services](const Request& request, const CacheRecord& cache,
                                        const control::Actor& actor) {
         return watch(services, request, cache, actor);
       }),
       .description = describe_admin(
           Method::post, prefixes,
           answers(200, watched_prefix_schema(Form::whole)).takes(watched_prefix_body_schema()))});
  endpoints.push_back(
      {.method = Method::remove,
       .path = prefixes + "/{prefix}",
       .summary = "Watch a prefix no more",
       .handler = may_change([services](const Request& request, const CacheRecord& cache,
                                        const control::Actor& actor) {
         return unwatch(services, request, cache, actor);
       }),
       .description = describe_admin(Method::remove, prefixes, answers(204))});
  return endpoints;
}

}  // namespace cachery::api
