#include "control/db/audit_rows.h"

#include <string>

namespace cachery::control::db {
namespace {

#define AUDIT_COLUMNS                                                                     \
  "id, at_unix_seconds, actor_kind, actor_id, actor_name, operator_id, address, action, " \
  "object_kind, object_id, cache_id, team_id, before_json, after_json"

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
  return record;
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
               ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
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
      .run();
}

Result<std::vector<AuditRecord>> AuditRows::list(const AuditFilter& filter) {
  const std::string sql = query_for(filter);
  Statement statement = database_.prepare(sql);
  bind(statement, filter);
  return statement.all(read_record);
}

}  // namespace cachery::control::db
