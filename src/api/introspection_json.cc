#include "api/introspection_json.h"

#include <algorithm>
#include <utility>

#include "api/key_text.h"
#include "api/query.h"
#include "api/v2_stats.h"
#include "base/rfc3339.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::TimeWindow;
using tenant::Counter;

json::array names_json(const std::vector<tenant::PopularItem>& items) {
  json::array all;
  for (const tenant::PopularItem& item : items) {
    all.push_back({{"name", key_text(item.name)}, {"popularity", item.popularity}});
  }
  return all;
}

json::object popular_json(const tenant::PopularItems& items) {
  return {{"time_slice", items.time_slice},
          {"most_hit_keys", names_json(items.hit_keys)},
          {"most_missed_keys", names_json(items.missed_keys)},
          {"most_mutated_keys", names_json(items.mutated_keys)},
          {"popular_prefixes", names_json(items.prefixes)}};
}

json::object prefix_json(const control::WatchedPrefixRecord& prefix) {
  return {{"id", prefix.id}, {"name", key_text(prefix.name)}};
}

json::array results(std::string_view name, json::array values) {
  return {json::object{{"name", name},
                       {"columns",
                        {"time", "num_keys", "total_size", "total_hits_rate", "total_misses_rate",
                         "total_mutations_rate"}},
                       {"values", std::move(values)}}};
}

json::value rate_of(const control::Span& span, std::initializer_list<Counter> counters) {
  if (span.seconds <= 0) return nullptr;
  double sum = 0;
  for (const Counter counter : counters) sum += span.values[static_cast<size_t>(counter)];
  return number_or_null(sum / span.seconds);
}

json::value level_of(const control::Span& span, Counter counter) {
  if (!span.has_levels) return nullptr;
  return number_or_null(span.values[static_cast<size_t>(counter)]);
}

json::object expected_json(const control::ExpectedHitRate& expected) {
  json::object all{{"memory_bytes", expected.memory_bytes}, {"hit_rate", expected.hit_rate}};
  if (!expected.plan.empty()) all["plan"] = expected.plan;
  return all;
}

json::array expected_json(const std::vector<control::ExpectedHitRate>& sizes) {
  json::array all;
  for (const control::ExpectedHitRate& size : sizes) all.push_back(expected_json(size));
  return all;
}

// What the cache held at most in the last day, as far as it was sampled, and now.
Result<uint64_t> most_used_bytes(const InsightServices& services, tenant::CacheId cache) {
  const int64_t now = services.clock.now().unix_seconds;
  const TimeWindow day{now - control::kDaySeconds, now};
  const auto& resolution = resolution_for(control::kCounterResolutions, day, now);
  const auto nodes = services.series.spans(cache, day, resolution);
  if (!nodes) return std::unexpected(nodes.error());
  const auto present = services.node.counters(cache);
  if (!present) return std::unexpected(present.error());
  double most = static_cast<double>((*present)[Counter::bytes]);
  for (const control::SpanPoint& point : merged(*nodes)) {
    if (!point.span.has_levels) continue;
    most = std::max(most, point.span.values[static_cast<size_t>(Counter::bytes)]);
  }
  return static_cast<uint64_t>(most);
}

}  // namespace

JsonResult recent_logs(const InsightServices& services, tenant::CacheId cache) {
  const auto requests = services.node.introspection().recent_requests(cache);
  if (!requests) return std::unexpected(requests.error());
  json::array lines;
  for (const tenant::LoggedRequest& request : *requests) {
    lines.push_back({{"timestamp", format_rfc3339(request.unix_seconds)},
                     {"key", key_text(request.key)},
                     {"command", request.command},
                     {"status", request.status},
                     {"size", request.value_bytes}});
  }
  return json::object{{server_name(services.addresses, 0), std::move(lines)}};
}

JsonResult popular_items(const InsightServices& services, tenant::CacheId cache) {
  const auto items = services.node.introspection().popular_items(cache, std::nullopt);
  if (!items) return std::unexpected(items.error());
  return popular_json(*items);
}

JsonResult key_stats(const InsightServices& services, tenant::CacheId cache,
                     const http::Request& request) {
  const std::string_view key = query_value(request, "key").value_or("");
  if (key.empty()) return fail(Fault::invalid, "key is missing: ?key=...");
  const auto stats = services.node.introspection().key_stats(cache, key);
  if (!stats) return std::unexpected(stats.error());
  return json::array{json::object{{"timestamp", format_rfc3339(stats->unix_seconds)},
                                  {"name", key_text(key)},
                                  {"size", stats->value_bytes},
                                  {"hit_count", stats->hits},
                                  {"miss_count", stats->misses},
                                  {"mutation_count", stats->mutations},
                                  {"in_cache", stats->is_in_cache}}};
}

JsonResult compound_stats(const InsightServices& services, tenant::CacheId cache,
                          const TimeWindow& window) {
  const auto& resolution =
      resolution_for(control::kCounterResolutions, window, services.clock.now().unix_seconds);
  const auto nodes = services.series.spans(cache, window, resolution);
  if (!nodes) return std::unexpected(nodes.error());
  json::array values;
  for (const control::SpanPoint& point : merged(*nodes)) {
    values.push_back(json::array{
        format_rfc3339(point.start), level_of(point.span, Counter::curr_items),
        level_of(point.span, Counter::bytes), rate_of(point.span, {Counter::get_hits}),
        rate_of(point.span, {Counter::get_misses}),
        rate_of(point.span,
                {Counter::cmd_set, Counter::delete_hits, Counter::incr_hits, Counter::decr_hits})});
  }
  return results("compound_stats", std::move(values));
}

JsonResult watched_prefixes(const InsightServices& services, tenant::CacheId cache) {
  const auto prefixes = services.prefixes.list(cache);
  if (!prefixes) return std::unexpected(prefixes.error());
  json::array all;
  for (const control::WatchedPrefixRecord& prefix : *prefixes) all.push_back(prefix_json(prefix));
  return all;
}

JsonResult watch_prefix(const InsightServices& services, tenant::CacheId cache,
                        const control::Actor& actor, const http::Request& request) {
  auto object = http::parse_object(request.body);
  if (!object) return std::unexpected(object.error());
  http::JsonFields fields(std::move(*object));
  const auto name = fields.text("name");
  if (const Status good = fields.finish(); !good) return std::unexpected(good.error());
  if (!name) return fail(Fault::invalid, "\"name\" is missing: the prefix to watch");
  const auto prefix = services.prefixes.watch(actor, cache, *name);
  if (!prefix) return std::unexpected(prefix.error());
  return prefix_json(*prefix);
}

JsonResult prefix_stats(const InsightServices& services, tenant::CacheId cache,
                        control::WatchedPrefixId id, const TimeWindow& window) {
  if (const auto found = services.prefixes.find(cache, id); !found) {
    return std::unexpected(found.error());
  }
  const auto& resolution =
      resolution_for(control::kCounterResolutions, window, services.clock.now().unix_seconds);
  const auto points = services.prefixes.points(id, window, resolution.step_seconds);
  if (!points) return std::unexpected(points.error());
  json::array values;
  for (const control::PrefixPoint& point : *points) {
    values.push_back(json::array{format_rfc3339(point.start), point.items, point.bytes,
                                 number_or_null(point.hits_rate), number_or_null(point.misses_rate),
                                 number_or_null(point.mutations_rate)});
  }
  return results("prefix_stats", std::move(values));
}

JsonResult prefix_popular_items(const InsightServices& services, tenant::CacheId cache,
                                control::WatchedPrefixId id) {
  const auto prefix = services.prefixes.find(cache, id);
  if (!prefix) return std::unexpected(prefix.error());
  const auto items = services.prefixes.popular_items(*prefix);
  if (!items) return std::unexpected(items.error());
  return popular_json(*items);
}

JsonResult miss_ratio_curve(const InsightServices& services, tenant::CacheId cache) {
  const auto curve = services.node.introspection().miss_ratio_curve(cache);
  if (!curve) return std::unexpected(curve.error());
  auto plans = services.plan_sizes();
  if (!plans) return std::unexpected(plans.error());
  const auto used_bytes = most_used_bytes(services, cache);
  if (!used_bytes) return std::unexpected(used_bytes.error());
  const control::SizeAdvice advice = advise({*curve, *used_bytes}, std::move(*plans));
  json::array points;
  for (const tenant::MissRatioPoint& point : curve->points) {
    points.push_back({{"memory_bytes", point.memory_bytes}, {"miss_ratio", point.miss_ratio}});
  }
  json::object answer{{"limit_bytes", curve->limit_bytes},
                      {"used_bytes", *used_bytes},
                      {"reads", static_cast<uint64_t>(curve->reads)},
                      {"hit_rate", nullptr},
                      {"points", std::move(points)},
                      {"sizes", expected_json(advice.sizes)},
                      {"plans", expected_json(advice.plans)},
                      {"smallest_plan", nullptr}};
  if (advice.is_known) answer["hit_rate"] = advice.hit_rate;
  if (advice.smallest_plan) answer["smallest_plan"] = *advice.smallest_plan;
  return answer;
}

http::Schema recent_logs_schema() {
  const auto line = schema::object({{"timestamp", schema::text()},
                                    {"key", schema::text()},
                                    {"command", schema::text()},
                                    {"status", schema::text()},
                                    {"size", schema::integer()}});
  return schema::map_of(schema::list(schema::named("LoggedRequest", line)));
}

http::Schema popular_items_schema() {
  const auto items = schema::list(schema::named(
      "PopularItem", schema::object({{"name", schema::text()}, {"popularity", schema::number()}})));
  return schema::named("PopularItems", schema::object({{"time_slice", schema::integer()},
                                                       {"most_hit_keys", items},
                                                       {"most_missed_keys", items},
                                                       {"most_mutated_keys", items},
                                                       {"popular_prefixes", items}}));
}

http::Schema key_stats_schema() {
  return schema::list(
      schema::named("KeyStats", schema::object({{"timestamp", schema::text()},
                                                {"name", schema::text()},
                                                {"size", schema::integer()},
                                                {"hit_count", schema::integer()},
                                                {"miss_count", schema::integer()},
                                                {"mutation_count", schema::integer()},
                                                {"in_cache", schema::truth()}})));
}

http::Schema watched_prefix_schema() {
  return schema::named("WatchedPrefix",
                       schema::object({{"id", schema::integer()}, {"name", schema::text()}}));
}

http::Schema watched_prefix_body_schema() {
  return schema::body({{"name", schema::text(1, 250)}}, {"name"});
}

http::Schema miss_ratio_curve_schema() {
  const auto size = [](schema::Fields more) {
    schema::Fields fields{{"memory_bytes", schema::integer()}, {"hit_rate", schema::number()}};
    for (schema::Field& field : more) fields.push_back(std::move(field));
    return schema::list(schema::object(std::move(fields)));
  };
  const auto point =
      schema::object({{"memory_bytes", schema::integer()}, {"miss_ratio", schema::number()}});
  return schema::named("MissRatioCurve",
                       schema::object({{"limit_bytes", schema::integer()},
                                       {"used_bytes", schema::integer()},
                                       {"reads", schema::integer()},
                                       {"hit_rate", schema::nullable(schema::number())},
                                       {"points", schema::list(point)},
                                       {"sizes", size({})},
                                       {"plans", size({{"plan", schema::text()}})},
                                       {"smallest_plan", schema::nullable(schema::text())}}));
}

}  // namespace cachery::api
