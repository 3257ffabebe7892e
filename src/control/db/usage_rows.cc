#include "control/db/usage_rows.h"

namespace cachery::control::db {
namespace {

#define SELECT_EVENT                                                                          \
  "SELECT id, cache_id, cache_name, team_id, plan, price_minor, is_charged, at_unix_seconds " \
  "FROM usage_events "

UsageEvent read_event(Statement& row) {
  UsageEvent event;
  event.id = static_cast<uint64_t>(row.integer());
  event.cache = static_cast<tenant::CacheId>(row.integer());
  event.cache_name = row.text();
  event.team = static_cast<uint64_t>(row.integer());
  event.plan = row.text();
  event.price_minor = row.integer();
  event.is_charged = row.truth();
  event.at_unix_seconds = row.integer();
  return event;
}

std::optional<int64_t> read_time(Statement& row) { return row.optional_integer(); }

}  // namespace

Result<std::vector<UsageEvent>> UsageRows::last_of_each() {
  return database_
      .prepare(SELECT_EVENT
               "WHERE id IN (SELECT MAX(id) FROM usage_events GROUP BY cache_id) "
               "ORDER BY cache_id")
      .all(read_event);
}

Result<std::optional<UsageEvent>> UsageRows::last_of(tenant::CacheId cache) {
  return database_.prepare(SELECT_EVENT "WHERE cache_id = ? ORDER BY id DESC LIMIT 1")
      .bind(cache)
      .first(read_event);
}

// A cache's ids and times grow together (Metering sees to it), so the largest id before the start
// is what was in force at the start.
Result<std::vector<UsageEvent>> UsageRows::between(int64_t start, int64_t end) {
  return database_
      .prepare(SELECT_EVENT
               "WHERE at_unix_seconds >= ? AND at_unix_seconds < ? "
               "UNION ALL " SELECT_EVENT
               "WHERE is_charged = 1 AND id IN (SELECT MAX(id) FROM usage_events "
               "WHERE at_unix_seconds < ? GROUP BY cache_id)")
      .bind(start)
      .bind(end)
      .bind(start)
      .all(read_event);
}

Result<std::optional<int64_t>> UsageRows::first_unix_seconds() {
  const auto time =
      database_.prepare("SELECT MIN(at_unix_seconds) FROM usage_events").first(read_time);
  if (!time) return std::unexpected(time.error());
  return time->value_or(std::nullopt);
}

Status UsageRows::insert(const UsageEvent& event) {
  return database_
      .prepare(
          "INSERT INTO usage_events (id, cache_id, cache_name, team_id, plan, price_minor, "
          "is_charged, at_unix_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(event.id)
      .bind(event.cache)
      .bind(event.cache_name)
      .bind(event.team)
      .bind(event.plan)
      .bind(event.price_minor)
      .bind(event.is_charged)
      .bind(event.at_unix_seconds)
      .run();
}

}  // namespace cachery::control::db
