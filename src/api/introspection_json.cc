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

json::object popular_json(const tenant::PopularItems& items, Form form) {
  json::object answer{{"time_slice", items.time_slice},
                      {"most_hit_keys", names_json(items.hit_keys)},
                      {"most_missed_keys", names_json(items.missed_keys)},
                      {"most_mutated_keys", names_json(items.mutated_keys)},
                      {"popular_prefixes", names_json(items.prefixes)}};
  if (form == Form::documented) return answer;
  answer["since"] = nullptr;
  if (items.since_unix_seconds != 0) answer["since"] = items.since_unix_seconds;
  answer["sampled_one_in"] = items.sampled_one_in;
  return answer;
}

json::object prefix_json(const control::WatchedPrefixRecord& prefix, Form form) {
  json::object answer{{"id", prefix.id}, {"name", key_text(prefix.name)}};
  if (form == Form::whole) answer["since"] = prefix.created_unix_seconds;
  return answer;
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
  json::object all{{"memory_bytes", expected.memory_bytes},
                   {"hit_rate", expected.hit_rate},
                   {"margin", expected.margin}};
  if (!expected.plan.empty()) all["plan"] = expected.plan;
  return all;
}

json::array expected_json(const std::vector<control::ExpectedHitRate>& sizes) {
  json::array all;
  for (const control::ExpectedHitRate& size : sizes) all.push_back(expected_json(size));
  return all;
}

constexpr int64_t kNowSeconds = 300;  // evictions of these minutes are of now

double counted(const control::Span& span, Counter counter) {
  return span.values[static_cast<size_t>(counter)];
}

// How the cache is used, from its history of the last day and its counters of this moment. What was
// evicted or read before its curve began anew, at a resize, tells nothing of its size.
Result<control::CacheUse> use_of(const InsightServices& services, tenant::CacheId cache) {
  auto curve = services.node.introspection().miss_ratio_curve(cache);
  if (!curve) return std::unexpected(curve.error());
  const int64_t now = services.clock.now().unix_seconds;
  const auto spans_of = [&](const TimeWindow& window) {
    const auto& resolution = resolution_for(control::kCounterResolutions, window, now);
    return services.series.spans(cache, window, resolution);
  };
  const auto nodes = spans_of({now - control::kDaySeconds, now});
  if (!nodes) return std::unexpected(nodes.error());
  // A point of the day's history is minutes long: the newest ones are told by shorter ones.
  const auto newest = spans_of({now - kNowSeconds, now});
  if (!newest) return std::unexpected(newest.error());
  const auto present = services.node.counters(cache);
  if (!present) return std::unexpected(present.error());
  control::CacheUse use{.curve = std::move(*curve), .held_bytes = (*present)[Counter::bytes]};
  auto most = static_cast<double>(use.held_bytes);
  for (const control::SpanPoint& point : merged(*nodes)) {
    if (point.span.has_levels) most = std::max(most, counted(point.span, Counter::bytes));
    if (point.start < use.curve.ready_unix_seconds) continue;
    if (counted(point.span, Counter::cmd_get) > 0) {
      use.read_seconds += static_cast<int64_t>(point.span.seconds);
    }
  }
  for (const control::SpanPoint& point : merged(*newest)) {
    // The point in which the curve became ready counts: a resize is ten minutes older.
    const int64_t end = point.start + static_cast<int64_t>(point.span.seconds);
    if (end > use.curve.ready_unix_seconds) {
      use.evictions += counted(point.span, Counter::evictions);
    }
  }
  use.used_bytes = static_cast<uint64_t>(most);
  return use;
}

json::object advice_json(const control::SizeAdvice& advice) {
  json::object answer{{"kind", name_of(advice.kind)},
                      {"plan", nullptr},
                      {"hit_rate", nullptr},
                      {"margin", nullptr}};
  answer["reason"] = nullptr;
  if (advice.reason != control::StayReason::none) answer["reason"] = name_of(advice.reason);
  if (!advice.advised) return answer;
  answer["plan"] = advice.advised->plan;
  answer["hit_rate"] = advice.advised->hit_rate;
  answer["margin"] = advice.advised->margin;
  return answer;
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

JsonResult popular_items(const InsightServices& services, tenant::CacheId cache, Form form) {
  const auto items = services.node.introspection().popular_items(cache, std::nullopt);
  if (!items) return std::unexpected(items.error());
  return popular_json(*items, form);
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

JsonResult watched_prefixes(const InsightServices& services, tenant::CacheId cache, Form form) {
  const auto prefixes = services.prefixes.list(cache);
  if (!prefixes) return std::unexpected(prefixes.error());
  json::array all;
  for (const control::WatchedPrefixRecord& prefix : *prefixes)
    all.push_back(prefix_json(prefix, form));
  return all;
}

JsonResult watch_prefix(const InsightServices& services, tenant::CacheId cache,
                        const control::Actor& actor, const http::Request& request, Form form) {
  auto object = http::parse_object(request.body);
  if (!object) return std::unexpected(object.error());
  http::JsonFields fields(std::move(*object));
  const auto name = fields.text("name");
  if (const Status good = fields.finish(); !good) return std::unexpected(good.error());
  if (!name) return fail(Fault::invalid, "\"name\" is missing: the prefix to watch");
  const auto prefix = services.prefixes.watch(actor, cache, *name);
  if (!prefix) return std::unexpected(prefix.error());
  return prefix_json(*prefix, form);
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
                                control::WatchedPrefixId id, Form form) {
  const auto prefix = services.prefixes.find(cache, id);
  if (!prefix) return std::unexpected(prefix.error());
  const auto items = services.prefixes.popular_items(*prefix);
  if (!items) return std::unexpected(items.error());
  return popular_json(*items, form);
}

JsonResult miss_ratio_curve(const InsightServices& services, tenant::CacheId cache) {
  const auto use = use_of(services, cache);
  if (!use) return std::unexpected(use.error());
  auto plans = services.plan_sizes();
  if (!plans) return std::unexpected(plans.error());
  const control::SizeAdvice advice = advise(*use, std::move(*plans));
  json::array points;
  for (const tenant::MissRatioPoint& point : use->curve.points) {
    points.push_back({{"memory_bytes", point.memory_bytes}, {"miss_ratio", point.miss_ratio}});
  }
  json::object answer{{"limit_bytes", use->curve.limit_bytes},
                      {"used_bytes", use->used_bytes},
                      {"reads", static_cast<uint64_t>(use->curve.reads)},
                      {"reads_needed", static_cast<uint64_t>(control::kReadsMin)},
                      {"ready_at", nullptr},
                      {"hit_rate", nullptr},
                      {"points", std::move(points)},
                      {"sizes", expected_json(advice.sizes)},
                      {"plans", expected_json(advice.plans)},
                      {"smallest_plan", nullptr},
                      {"advice", advice_json(advice)}};
  if (use->curve.ready_unix_seconds != 0) answer["ready_at"] = use->curve.ready_unix_seconds;
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

http::Schema popular_items_schema(Form form) {
  const auto items = schema::list(schema::named(
      "PopularItem", schema::object({{"name", schema::text()}, {"popularity", schema::number()}})));
  schema::Fields fields{{"time_slice", schema::integer()},
                        {"most_hit_keys", items},
                        {"most_missed_keys", items},
                        {"most_mutated_keys", items},
                        {"popular_prefixes", items}};
  if (form == Form::documented) return schema::named("PopularItems", schema::object(fields));
  fields.push_back({"since", schema::nullable(schema::integer())});
  fields.push_back({"sampled_one_in", schema::number()});
  return schema::named("CountedPopularItems", schema::object(std::move(fields)));
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

http::Schema watched_prefix_schema(Form form) {
  schema::Fields fields{{"id", schema::integer()}, {"name", schema::text()}};
  if (form == Form::documented) return schema::named("WatchedPrefix", schema::object(fields));
  fields.push_back({"since", schema::integer()});
  return schema::named("CountedPrefix", schema::object(std::move(fields)));
}

http::Schema watched_prefix_body_schema() {
  return schema::body({{"name", schema::text(1, 250)}}, {"name"});
}

http::Schema miss_ratio_curve_schema() {
  const auto size = [](schema::Fields more) {
    schema::Fields fields{{"memory_bytes", schema::integer()},
                          {"hit_rate", schema::number()},
                          {"margin", schema::number()}};
    for (schema::Field& field : more) fields.push_back(std::move(field));
    return schema::list(schema::object(std::move(fields)));
  };
  const auto point =
      schema::object({{"memory_bytes", schema::integer()}, {"miss_ratio", schema::number()}});
  const auto advice = schema::object(
      {{"kind", schema::choice({"measuring", "stay", "larger", "smaller"})},
       {"reason", schema::nullable(schema::choice({"fits", "no_gain", "uncertain"}))},
       {"plan", schema::nullable(schema::text())},
       {"hit_rate", schema::nullable(schema::number())},
       {"margin", schema::nullable(schema::number())}});
  return schema::named("MissRatioCurve",
                       schema::object({{"limit_bytes", schema::integer()},
                                       {"used_bytes", schema::integer()},
                                       {"reads", schema::integer()},
                                       {"reads_needed", schema::integer()},
                                       {"ready_at", schema::nullable(schema::integer())},
                                       {"hit_rate", schema::nullable(schema::number())},
                                       {"points", schema::list(point)},
                                       {"sizes", size({})},
                                       {"plans", size({{"plan", schema::text()}})},
                                       {"smallest_plan", schema::nullable(schema::text())},
                                       {"advice", advice}}));
}

}  // namespace cachery::api
