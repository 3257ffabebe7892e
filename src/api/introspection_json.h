// What is known of a cache's traffic, as JSON: one shape for the analytics API v2 (its rows 24 to
// 32) and for the dashboard, which ask by different paths and tell errors differently.
#pragma once

#include <functional>
#include <vector>

#include "api/addresses.h"
#include "base/clock.h"
#include "control/actor.h"
#include "control/flush_log.h"
#include "control/series_reader.h"
#include "control/size_advice.h"
#include "control/watched_prefixes.h"
#include "http/json.h"
#include "http/schema.h"
#include "tenant/node.h"

namespace cachery::api {

// All of it outlives the endpoints.
struct InsightServices {
  tenant::Node& node;
  control::WatchedPrefixes& prefixes;
  control::FlushLog& flushes;
  control::SeriesReader& series;
  const ServiceAddresses& addresses;
  const Clock& clock;
  std::function<Result<std::vector<control::PlanSize>>()> plan_sizes;
};

using JsonResult = Result<http::json::value>;

// The analytics API has the fields of its documents; the admin API says of counts since when they
// are counted and how they are sampled as well.
enum class Form : uint8_t { documented, whole };

// {"host:port": [{"timestamp", "key", "command", "status", "size"}]}, the oldest first.
JsonResult recent_logs(const InsightServices& services, tenant::CacheId cache);
JsonResult popular_items(const InsightServices& services, tenant::CacheId cache,
                         Form form = Form::documented);
// invalid: the query has no key.
JsonResult key_stats(const InsightServices& services, tenant::CacheId cache,
                     const http::Request& request);
JsonResult compound_stats(const InsightServices& services, tenant::CacheId cache,
                          const control::TimeWindow& window);

JsonResult watched_prefixes(const InsightServices& services, tenant::CacheId cache,
                            Form form = Form::documented);
// Of the body's "name".
JsonResult watch_prefix(const InsightServices& services, tenant::CacheId cache,
                        const control::Actor& actor, const http::Request& request,
                        Form form = Form::documented);
JsonResult prefix_stats(const InsightServices& services, tenant::CacheId cache,
                        control::WatchedPrefixId id, const control::TimeWindow& window);
JsonResult prefix_popular_items(const InsightServices& services, tenant::CacheId cache,
                                control::WatchedPrefixId id, Form form = Form::documented);

JsonResult miss_ratio_curve(const InsightServices& services, tenant::CacheId cache);

// What those look like.
http::Schema recent_logs_schema();
http::Schema popular_items_schema(Form form = Form::documented);
http::Schema key_stats_schema();
http::Schema watched_prefix_schema(Form form = Form::documented);
http::Schema watched_prefix_body_schema();
http::Schema miss_ratio_curve_schema();

}  // namespace cachery::api
