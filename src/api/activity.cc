#include "api/activity.h"

#include "api/v2_stats.h"
#include "control/activity.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::Span;

constexpr int64_t kStepSeconds = 300;
constexpr int64_t kSteps = 12;

Result<std::vector<tenant::CacheId>> visible_caches(const control::Caches& caches,
                                                    const Principal& principal) {
  if (principal.kind == PrincipalKind::link) return std::vector{principal.cache};
  control::CacheFilter filter;
  if (!principal.is_operator()) {
    filter.teams.emplace();
    for (const Membership& one : principal.memberships) filter.teams->push_back(one.team);
  }
  const auto found = caches.list_records(filter);
  if (!found) return std::unexpected(found.error());
  std::vector<tenant::CacheId> ids;
  for (const control::CacheRecord& one : *found) ids.push_back(one.id);
  return ids;
}

json::object to_json(tenant::CacheId cache, const control::StepSpans& spans) {
  static const control::Series& requests = *control::find_series("request_rate");
  static const control::Series& hits = *control::find_series("hit_rate");
  json::array rates;
  Span whole;
  for (const Span& span : spans) {
    rates.push_back(number_or_null(control::value_of(requests, span)));
    whole.seconds += span.seconds;
    for (size_t i = 0; i < whole.values.size(); ++i) whole.values[i] += span.values[i];
  }
  return {{"id", cache},
          {"request_rate", std::move(rates)},
          {"hit_rate", number_or_null(control::value_of(hits, whole))}};
}

http::Description describe() {
  const auto rate = schema::nullable(schema::number());
  const auto cache = schema::object(
      {{"id", schema::integer()}, {"request_rate", schema::list(rate)}, {"hit_rate", rate}});
  return http::answers(200, schema::object({{"start", schema::integer()},
                                            {"step_seconds", schema::integer()},
                                            {"caches", schema::list(cache)}}));
}

}  // namespace

std::vector<AdminRow> activity_rows(const control::Caches& caches, control::Store& store,
                                    const Clock& clock) {
  const auto list = [&caches, &store, &clock](const http::Request&, const Principal& principal) {
    const auto ids = visible_caches(caches, principal);
    if (!ids) return http::error_response(ids.error());
    // The step that runs now is the last: what just began shows at once.
    const int64_t end = (clock.now().unix_seconds / kStepSeconds + 1) * kStepSeconds;
    const control::TimeWindow window{end - kSteps * kStepSeconds, end};
    const auto activity = control::read_activity(store, *ids, window, kStepSeconds);
    if (!activity) return http::error_response(activity.error());
    json::array all;
    for (const auto& [cache, spans] : *activity) all.push_back(to_json(cache, spans));
    return http::without_secrets(http::json_response(
        200,
        {{"start", window.start}, {"step_seconds", kStepSeconds}, {"caches", std::move(all)}}));
  };
  return {
      {http::Method::get, "/activity", "What each cache did in the last hour", list, describe()}};
}

}  // namespace cachery::api
