#include "control/db/flush_rows.h"

namespace cachery::control::db {
namespace {

// Rows are written by us, with names of ours: what is no name cannot come up.
FlushOrigin read_origin(Statement& row) {
  const std::string name = row.text();
  for (const auto origin :
       {FlushOrigin::web_interface, FlushOrigin::api, FlushOrigin::admin_operation}) {
    if (name == name_of(origin)) return origin;
  }
  return FlushOrigin::memcache_client;
}

FlushRecord read_flush(Statement& row) {
  FlushRecord flush;
  flush.id = static_cast<uint64_t>(row.integer());
  flush.cache = static_cast<tenant::CacheId>(row.integer());
  flush.at_unix_seconds = row.integer();
  flush.node = static_cast<uint32_t>(row.integer());
  flush.origin = read_origin(row);
  flush.credential = row.blob();
  flush.address = row.text();
  flush.times = static_cast<uint64_t>(row.integer());
  flush.last_unix_seconds = row.integer();
  return flush;
}

}  // namespace

Status FlushRows::insert(const FlushRecord& flush) {
  return database_
      .prepare(
          "INSERT INTO flush_log (id, cache_id, at_unix_seconds, node, origin, credential, "
          "address, times, last_unix_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(flush.id)
      .bind(flush.cache)
      .bind(flush.at_unix_seconds)
      .bind(flush.node)
      .bind(name_of(flush.origin))
      .bind_blob(flush.credential)
      .bind(flush.address)
      .bind(flush.times)
      .bind(flush.last_unix_seconds)
      .run();
}

Result<bool> FlushRows::repeat(const FlushRecord& flush, int64_t since_unix_seconds) {
  const auto counted =
      database_
          .prepare(
              "UPDATE flush_log SET times = times + ?, last_unix_seconds = ? WHERE id = ("
              "SELECT max(r.id) FROM (SELECT * FROM flush_log WHERE cache_id = ? ORDER BY id DESC "
              "LIMIT 16) r WHERE r.at_unix_seconds >= ? AND r.node = ? AND r.origin = ? AND "
              "r.credential = ? AND r.address = ?)")
          .bind(flush.times)
          .bind(flush.last_unix_seconds)
          .bind(flush.cache)
          .bind(since_unix_seconds)
          .bind(flush.node)
          .bind(name_of(flush.origin))
          .bind_blob(flush.credential)
          .bind(flush.address)
          .run_counted();
  if (!counted) return std::unexpected(counted.error());
  return *counted > 0;
}

Result<std::vector<FlushRecord>> FlushRows::of(tenant::CacheId cache, uint64_t before,
                                               uint32_t count_max) {
  return database_
      .prepare(
          "SELECT id, cache_id, at_unix_seconds, node, origin, credential, address, times, "
          "last_unix_seconds FROM flush_log WHERE cache_id = ? AND id < ? ORDER BY id DESC LIMIT ?")
      .bind(cache)
      .bind(before == 0 ? INT64_MAX : static_cast<int64_t>(before))
      .bind(count_max)
      .all(read_flush);
}

Status FlushRows::keep_newest(tenant::CacheId cache, uint32_t count) {
  return database_
      .prepare(
          "DELETE FROM flush_log WHERE cache_id = ? AND id <= (SELECT id FROM flush_log WHERE "
          "cache_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)")
      .bind(cache)
      .bind(cache)
      .bind(count)
      .run();
}

}  // namespace cachery::control::db
