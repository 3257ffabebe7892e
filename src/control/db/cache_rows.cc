#include "control/db/cache_rows.h"

#include <string>

namespace cachery::control::db {
namespace {

#define SELECT_CACHE                                                                            \
  "SELECT id, name, plan, limit_bytes, is_enabled, created_unix_seconds, team_id, cluster_id, " \
  "disabled_by, deleted_unix_seconds, sealed_link_secret, used_unix_seconds, used_mark, "       \
  "idle_warned_unix_seconds FROM caches "

CacheRecord read_cache(Statement& row) {
  CacheRecord cache;
  cache.id = static_cast<CacheId>(row.integer());
  cache.name = row.text();
  cache.plan = row.text();
  cache.limit_bytes = static_cast<uint64_t>(row.integer());
  cache.is_enabled = row.truth();
  cache.created_unix_seconds = row.integer();
  cache.team = static_cast<TeamId>(row.integer());
  cache.cluster = static_cast<ClusterId>(row.integer());
  cache.disabled_by = parse_disabled_by(row.text());
  cache.deleted_unix_seconds = row.integer();
  cache.sealed_link_secret = row.blob();
  cache.used_unix_seconds = row.integer();
  cache.used_mark = static_cast<uint64_t>(row.integer());
  cache.idle_warned_unix_seconds = row.integer();
  return cache;
}

// In the order of both statements that change a cache.
Status run(Statement statement, const CacheRecord& cache) {
  return statement.bind(cache.name)
      .bind(cache.plan)
      .bind(cache.limit_bytes)
      .bind(cache.is_enabled)
      .bind(cache.created_unix_seconds)
      .bind(cache.team)
      .bind(cache.cluster)
      .bind(name_of(cache.disabled_by))
      .bind(cache.deleted_unix_seconds)
      .bind_blob(cache.sealed_link_secret)
      .bind(cache.used_unix_seconds)
      .bind(cache.used_mark)
      .bind(cache.idle_warned_unix_seconds)
      .bind(cache.id)
      .run();
}

}  // namespace

Result<std::vector<CacheRecord>> CacheRows::all() {
  return database_.prepare(SELECT_CACHE "ORDER BY id").all(read_cache);
}

Result<std::vector<CacheRecord>> CacheRows::list(const CacheRowsFilter& filter) {
  std::string sql = SELECT_CACHE "WHERE id > ?";
  sql += filter.is_deleted ? " AND deleted_unix_seconds <> 0" : " AND deleted_unix_seconds = 0";
  if (filter.team) sql += " AND team_id = ?";
  sql += " ORDER BY id LIMIT ?";
  Statement statement = database_.prepare(sql);
  statement.bind(filter.page.after);
  if (filter.team) statement.bind(*filter.team);
  return statement.bind(filter.page.count_max).all(read_cache);
}

Result<std::optional<CacheRecord>> CacheRows::find(CacheId id) {
  return database_.prepare(SELECT_CACHE "WHERE id = ?").bind(id).first(read_cache);
}

Result<std::vector<CacheRecord>> CacheRows::named(std::string_view name) {
  return database_
      .prepare(SELECT_CACHE "WHERE lower(name) = lower(?) AND deleted_unix_seconds = 0 ORDER BY id")
      .bind(name)
      .all(read_cache);
}

Status CacheRows::insert(const CacheRecord& cache) {
  touched_.caches.insert(cache.id);
  return run(database_.prepare(
                 "INSERT INTO caches (name, plan, limit_bytes, is_enabled, created_unix_seconds, "
                 "team_id, cluster_id, disabled_by, deleted_unix_seconds, sealed_link_secret, "
                 "used_unix_seconds, used_mark, idle_warned_unix_seconds, id) "
                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
             cache);
}

Status CacheRows::update(const CacheRecord& cache) {
  touched_.caches.insert(cache.id);
  return run(
      database_.prepare("UPDATE caches SET name = ?, plan = ?, limit_bytes = ?, is_enabled = ?, "
                        "created_unix_seconds = ?, team_id = ?, cluster_id = ?, disabled_by = ?, "
                        "deleted_unix_seconds = ?, sealed_link_secret = ?, used_unix_seconds = ?, "
                        "used_mark = ?, idle_warned_unix_seconds = ? WHERE id = ?"),
      cache);
}

Status CacheRows::remove(CacheId id) {
  touched_.caches.insert(id);
  return database_.prepare("DELETE FROM caches WHERE id = ?").bind(id).run();
}

}  // namespace cachery::control::db
