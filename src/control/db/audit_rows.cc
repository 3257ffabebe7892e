#include "control/db/audit_rows.h"

#include <algorithm>
#include <string>

namespace cachery::control::db {
namespace {

#define AUDIT_COLUMNS                                                                     \
  "id, at_unix_seconds, actor_kind, actor_id, actor_name, operator_id, address, action, " \
  "object_kind, object_id, cache_id, team_id, before_json, after_json, times, last_unix_seconds"

ActorKind parse_kind(const std::string& name) {
  for (int kind = 0; kind <= static_cast<int>(ActorKind::job); ++kind) {
    if (name == name_of(static_cast<ActorKind>(kind))) return static_cast<ActorKind>(kind);
  }
  return ActorKind::job;
}

AuditRecord read_record(Statement& row) {
  AuditRecord record;
  record.id = static_cast<uint64_t>(row.integer());
  record.at_unix_seconds = row.integer();
  record.actor.kind = parse_kind(row.text());
  record.actor.id = static_cast<uint64_t>(row.integer());
  record.actor.name = row.text();
  record.actor.operator_id = static_cast<uint64_t>(row.integer());
  record.actor.address = row.text();
  record.action = row.text();
  record.object_kind = row.text();
  record.object_id = row.text();
  record.cache = static_cast<tenant::CacheId>(row.integer());
  record.team = static_cast<TeamId>(row.integer());
  record.before = row.text();
  record.after = row.text();
  record.times = static_cast<uint64_t>(row.integer());
  record.last_unix_seconds = row.integer();
  return record;
}

// Whoever has too many rows: a team, or an actor of a kind.
struct Crowd {
  uint64_t id = 0;
  uint64_t rows = 0;
  std::string kind = {};
};

Crowd read_crowd(Statement& row) {
  const auto id = static_cast<uint64_t>(row.integer());
  return {.id = id, .rows = static_cast<uint64_t>(row.integer())};
}

Crowd read_crowd_of_kind(Statement& row) {
  Crowd crowd = read_crowd(row);
  crowd.kind = row.text();
  return crowd;
}

// The text names only what is asked for, so that each question has the index that suits it. There
// are as many texts as sets of filters, which are few in practice.
std::string query_for(const AuditFilter& filter) {
  std::string sql = "SELECT " AUDIT_COLUMNS " FROM audit WHERE 1 = 1";
  if (filter.cache) sql += " AND cache_id = ?";
  if (filter.team) sql += " AND team_id = ?";
  if (filter.actor_kind) sql += " AND actor_kind = ?";
  if (filter.actor_id) sql += " AND actor_id = ?";
  if (filter.action) sql += " AND action = ?";
  if (filter.object_kind) sql += " AND object_kind = ?";
  if (filter.object_id) sql += " AND object_id = ?";
  if (filter.since_unix_seconds) sql += " AND at_unix_seconds >= ?";
  if (filter.until_unix_seconds) sql += " AND at_unix_seconds < ?";
  if (filter.before_id) sql += " AND id < ?";
  return sql + " ORDER BY id DESC LIMIT ?";
}

void bind(Statement& statement, const AuditFilter& filter) {
  if (filter.cache) statement.bind(*filter.cache);
  if (filter.team) statement.bind(*filter.team);
  if (filter.actor_kind) statement.bind(*filter.actor_kind);
  if (filter.actor_id) statement.bind(*filter.actor_id);
  if (filter.action) statement.bind(*filter.action);
  if (filter.object_kind) statement.bind(*filter.object_kind);
  if (filter.object_id) statement.bind(*filter.object_id);
  if (filter.since_unix_seconds) statement.bind(*filter.since_unix_seconds);
  if (filter.until_unix_seconds) statement.bind(*filter.until_unix_seconds);
  if (filter.before_id) statement.bind(*filter.before_id);
  statement.bind(filter.rows_max);
}

}  // namespace

Status AuditRows::insert(const AuditRecord& record) {
  return database_
      .prepare("INSERT INTO audit (" AUDIT_COLUMNS
               ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(record.id)
      .bind(record.at_unix_seconds)
      .bind(std::string_view(name_of(record.actor.kind)))
      .bind(record.actor.id)
      .bind(record.actor.name)
      .bind(record.actor.operator_id)
      .bind(record.actor.address)
      .bind(record.action)
      .bind(record.object_kind)
      .bind(record.object_id)
      .bind(record.cache)
      .bind(record.team)
      .bind(record.before)
      .bind(record.after)
      .bind(record.times)
      .bind(record.last_unix_seconds)
      .run();
}

// Among the newest few of the actor, found by an index: what is repeated was done just now.
Result<bool> AuditRows::repeat(const AuditRecord& record, int64_t since_unix_seconds) {
  const auto counted =
      database_
          .prepare(
              "UPDATE audit SET times = times + 1, last_unix_seconds = ? WHERE id = ("
              "SELECT max(r.id) FROM (SELECT * FROM audit WHERE actor_id = ? ORDER BY id DESC "
              "LIMIT 16) r WHERE r.at_unix_seconds >= ? AND r.actor_kind = ? AND "
              "r.actor_name = ? AND r.operator_id = ? AND r.address = ? AND r.action = ? AND "
              "r.object_kind = ? AND r.object_id = ? AND r.cache_id = ? AND r.team_id = ? AND "
              "r.before_json = ? AND r.after_json = ?)")
          .bind(record.at_unix_seconds)
          .bind(record.actor.id)
          .bind(since_unix_seconds)
          .bind(std::string_view(name_of(record.actor.kind)))
          .bind(record.actor.name)
          .bind(record.actor.operator_id)
          .bind(record.actor.address)
          .bind(record.action)
          .bind(record.object_kind)
          .bind(record.object_id)
          .bind(record.cache)
          .bind(record.team)
          .bind(record.before)
          .bind(record.after)
          .run_counted();
  if (!counted) return std::unexpected(counted.error());
  return *counted > 0;
}

Result<std::vector<AuditRecord>> AuditRows::list(const AuditFilter& filter) {
  const std::string sql = query_for(filter);
  Statement statement = database_.prepare(sql);
  bind(statement, filter);
  return statement.all(read_record);
}

// Ids grow with time, so the oldest rows are those of the smallest ids.
Result<uint64_t> AuditRows::prune_before(int64_t unix_seconds) {
  return database_
      .prepare(
          "DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?) "
          "AND at_unix_seconds < ?")
      .bind(kAuditPrunedMax)
      .bind(unix_seconds)
      .run_counted();
}

Result<uint64_t> AuditRows::keep_newest(uint64_t rows_max) {
  const auto teams = database_
                         .prepare(
                             "SELECT team_id, count(*) FROM audit WHERE team_id <> 0 "
                             "GROUP BY team_id HAVING count(*) > ?")
                         .bind(rows_max)
                         .all(read_crowd);
  if (!teams) return std::unexpected(teams.error());
  uint64_t removed = 0;
  for (const Crowd& team : *teams) {
    const auto done = database_
                          .prepare(
                              "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE "
                              "team_id = ? ORDER BY id LIMIT ?)")
                          .bind(team.id)
                          .bind(std::min(team.rows - rows_max, kAuditPrunedMax))
                          .run_counted();
    if (!done) return done;
    removed += *done;
  }
  const auto actors = database_
                          .prepare(
                              "SELECT actor_id, count(*), actor_kind FROM audit WHERE "
                              "team_id = 0 GROUP BY actor_id, actor_kind HAVING count(*) > ?")
                          .bind(rows_max)
                          .all(read_crowd_of_kind);
  if (!actors) return std::unexpected(actors.error());
  for (const Crowd& actor : *actors) {
    const auto done = database_
                          .prepare(
                              "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE "
                              "actor_id = ? AND actor_kind = ? AND team_id = 0 ORDER BY id "
                              "LIMIT ?)")
                          .bind(actor.id)
                          .bind(actor.kind)
                          .bind(std::min(actor.rows - rows_max, kAuditPrunedMax))
                          .run_counted();
    if (!done) return done;
    removed += *done;
  }
  return removed;
}

}  // namespace cachery::control::db
