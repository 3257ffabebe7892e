#include "api/insight.h"

#include <utility>

#include "api/key_text.h"
#include "api/page_query.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using control::CacheRecord;
using http::Endpoint;
using http::Method;
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
  return prefix_popular_items(services, cache.id, *id);
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
                    {"address", flush.address}});
  }
  return json::object{{"flushes", std::move(rows)}, {"has_more", page->has_more}};
}

struct Row {
  const char* path;  // below /api/admin/v1/caches/{cache}
  const char* summary;
  Ask ask;
};

// clang-format off
const Row kRows[] = {
    {"/insight/recent_requests", "The last 100 requests of each server",
     [](const auto& services, const auto& cache, const auto&) {
       return recent_logs(services, cache.id);
     }},
    {"/insight/popular_items", "The keys and prefixes that are asked for most",
     [](const auto& services, const auto& cache, const auto&) {
       return popular_items(services, cache.id);
     }},
    {"/insight/key_stats", "One key: its size and how often it was used",
     [](const auto& services, const auto& cache, const auto& request) {
       return key_stats(services, cache.id, request);
     }},
    {"/insight/compound_stats", "Items, bytes and rates over time", ask_compound_stats},
    {"/insight/prefixes", "The watched prefixes",
     [](const auto& services, const auto& cache, const auto&) {
       return watched_prefixes(services, cache.id);
     }},
    {"/insight/prefixes/{prefix}/stats", "A watched prefix over time", ask_prefix_stats},
    {"/insight/prefixes/{prefix}/popular_items",
     "The keys under a watched prefix that are asked for most", ask_prefix_items},
    {"/insight/miss_ratio_curve", "The hit rate to expect at other sizes",
     [](const auto& services, const auto& cache, const auto&) {
       return miss_ratio_curve(services, cache.id);
     }},
    {"/flushes", "Each flush of the cache, the newest first", ask_flushes},
};
// clang-format on

Response watch(const InsightServices& services, const Request& request, const CacheRecord& cache,
               const control::Actor& actor) {
  return respond(watch_prefix(services, cache.id, actor, request));
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
    endpoints.push_back(
        {Method::get, base + row.path, row.summary,
         may_see([services, ask = row.ask](const Request& request, const CacheRecord& cache) {
           return respond(ask(services, cache, request));
         })});
  }
  endpoints.push_back({Method::post, base + "/insight/prefixes", "Watch a prefix",
                       may_change([services](const Request& request, const CacheRecord& cache,
                                             const control::Actor& actor) {
                         return watch(services, request, cache, actor);
                       })});
  endpoints.push_back({Method::remove, base + "/insight/prefixes/{prefix}",
                       "Watch a prefix no more",
                       may_change([services](const Request& request, const CacheRecord& cache,
                                             const control::Actor& actor) {
                         return unwatch(services, request, cache, actor);
                       })});
  return endpoints;
}

}  // namespace cachery::api
