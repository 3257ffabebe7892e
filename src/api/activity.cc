#include "api/activity.h"

#include <map>
#include <set>

#include "api/v2_stats.h"
#include "control/activity.h"
#include "control/alert_records.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::Span;

constexpr int64_t kMinuteSeconds = control::kCounterResolutions[0].step_seconds;
constexpr int64_t kStepSeconds = 300;
constexpr int64_t kSteps = 12;
// What a cache does now is told of the newest minutes that were sampled, of these.
constexpr size_t kNowMinutes = 5;
constexpr int64_t kNowMinutesBack = 7;

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

void add(const Span& span, Span& sum) {
  sum.seconds += span.seconds;
  for (size_t i = 0; i < sum.values.size(); ++i) sum.values[i] += span.values[i];
}

Span now_of(const control::StepSpans& minutes) {
  Span now;
  size_t taken = 0;
  for (size_t i = minutes.size(); i-- > 0 && taken < kNowMinutes;) {
    if (minutes[i].seconds <= 0) continue;
    add(minutes[i], now);
    ++taken;
  }
  return now;
}

json::value value_json(const char* series, const Span& span) {
  return number_or_null(control::value_of(*control::find_series(series), span));
}

json::object to_json(tenant::CacheId cache, const control::StepSpans& steps, const Span& now,
                     uint64_t firing) {
  json::array rates;
  Span whole;
  for (const Span& step : steps) {
    rates.push_back(value_json("request_rate", step));
    add(step, whole);
  }
  return {{"id", cache},
          {"request_rate", std::move(rates)},
          {"hit_rate", value_json("hit_rate", whole)},
          {"now",
           {{"seconds", number_or_null(now.seconds)},
            {"hit_rate", value_json("hit_rate", now)},
            {"get_rate", value_json("get_rate", now)},
            {"request_rate", value_json("request_rate", now)},
            {"eviction_rate", value_json("eviction_rate", now)},
            {"auth_errors_rate", value_json("auth_errors_rate", now)}}},
          {"firing_alerts", firing}};
}

http::Description describe() {
  const auto rate = schema::nullable(schema::number());
  const auto now = schema::object({{"seconds", schema::number()},
                                   {"hit_rate", rate},
                                   {"get_rate", rate},
                                   {"request_rate", rate},
                                   {"eviction_rate", rate},
                                   {"auth_errors_rate", rate}});
  const auto cache = schema::object({{"id", schema::integer()},
                                     {"request_rate", schema::list(rate)},
                                     {"hit_rate", rate},
                                     {"now", now},
                                     {"firing_alerts", schema::integer()}});
  return http::answers(200, schema::object({{"start", schema::integer()},
                                            {"step_seconds", schema::integer()},
                                            {"caches", schema::list(cache)}}));
}

using ByCache = std::map<tenant::CacheId, uint64_t>;

// How many alerts fire, of those of `caches` that have any.
Result<ByCache> firing_alerts(control::Store& store, const std::vector<tenant::CacheId>& caches) {
  const std::set<tenant::CacheId> wanted(caches.begin(), caches.end());
  ByCache firing;
  const auto done = store.read([&](control::Records& records) -> Status {
    const auto alerts = records.alerts().watching();
    if (!alerts) return std::unexpected(alerts.error());
    for (const control::AlertRecord& alert : *alerts) {
      if (alert.state == control::AlertState::firing && wanted.contains(alert.scope)) {
        ++firing[alert.scope];
      }
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return firing;
}

http::Response list(const std::vector<tenant::CacheId>& ids, control::Store& store, int64_t now) {
  // The step that runs now is the last: what just began shows at once.
  const int64_t end = (now / kStepSeconds + 1) * kStepSeconds;
  const control::TimeWindow window{end - kSteps * kStepSeconds, end};
  auto hour = control::read_activity(store, ids, window, kStepSeconds);
  if (!hour) return http::error_response(hour.error());
  const int64_t minute_end = now / kMinuteSeconds * kMinuteSeconds;
  const control::TimeWindow latest{minute_end - kNowMinutesBack * kMinuteSeconds, minute_end};
  const auto minutes = control::read_activity(store, ids, latest, kMinuteSeconds);
  if (!minutes) return http::error_response(minutes.error());
  const auto firing = firing_alerts(store, ids);
  if (!firing) return http::error_response(firing.error());
  for (const auto& [cache, count] : *firing) {  // one that fires because nothing is asked, too
    hour->try_emplace(cache, control::StepSpans(kSteps));
  }
  json::array all;
  for (const auto& [cache, steps] : *hour) {
    const auto lately = minutes->find(cache);
    const auto fires = firing->find(cache);
    all.push_back(to_json(cache, steps, lately == minutes->end() ? Span() : now_of(lately->second),
                          fires == firing->end() ? 0 : fires->second));
  }
  return http::without_secrets(http::json_response(
      200, {{"start", window.start}, {"step_seconds", kStepSeconds}, {"caches", std::move(all)}}));
}

}  // namespace

std::vector<AdminRow> activity_rows(const control::Caches& caches, control::Store& store,
                                    const Clock& clock) {
  const auto answer = [&caches, &store, &clock](const http::Request&, const Principal& principal) {
    const auto ids = visible_caches(caches, principal);
    if (!ids) return http::error_response(ids.error());
    return list(*ids, store, clock.now().unix_seconds);
  };
  return {{http::Method::get, "/activity",
           "What each cache did in the last hour and does now, and its firing alerts", answer,
           describe()}};
}

}  // namespace cachery::api
