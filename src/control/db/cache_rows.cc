#include "control/db/cache_rows.h"

namespace cachery::control::db {
namespace {

#define SELECT_CACHE \
  "SELECT id, name, plan, limit_bytes, is_enabled, created_unix_seconds FROM caches "

CacheRecord read_cache(Statement& row) {
  CacheRecord cache;
  cache.id = static_cast<CacheId>(row.integer());
  cache.name = row.text();
  cache.plan = row.text();
  cache.limit_bytes = static_cast<uint64_t>(row.integer());
  cache.is_enabled = row.truth();
  cache.created_unix_seconds = row.integer();
  return cache;
}

// In the order of both statements that change a cache.
Status run(Statement statement, const CacheRecord& cache) {
  return statement.bind(cache.name)
      .bind(cache.plan)
      .bind(cache.limit_bytes)
      .bind(cache.is_enabled)
      .bind(cache.created_unix_seconds)
      .bind(cache.id)
      .run();
}

}  // namespace

Result<std::vector<CacheRecord>> CacheRows::all() {
  return database_.prepare(SELECT_CACHE "ORDER BY id").all(read_cache);
}

Result<std::optional<CacheRecord>> CacheRows::find(CacheId id) {
  return database_.prepare(SELECT_CACHE "WHERE id = ?").bind(id).first(read_cache);
}

Result<std::optional<CacheRecord>> CacheRows::named(std::string_view name) {
  return database_.prepare(SELECT_CACHE "WHERE lower(name) = lower(?)")
      .bind(name)
      .first(read_cache);
}

Status CacheRows::insert(const CacheRecord& cache) {
  return run(database_.prepare("INSERT INTO caches (name, plan, limit_bytes, is_enabled, "
                               "created_unix_seconds, id) VALUES (?, ?, ?, ?, ?, ?)"),
             cache);
}

Status CacheRows::update(const CacheRecord& cache) {
  return run(database_.prepare("UPDATE caches SET name = ?, plan = ?, limit_bytes = ?, "
                               "is_enabled = ?, created_unix_seconds = ? WHERE id = ?"),
             cache);
}

Status CacheRows::remove(CacheId id) {
  return database_.prepare("DELETE FROM caches WHERE id = ?").bind(id).run();
}

}  // namespace cachery::control::db
