#include "control/db/watched_prefix_rows.h"

namespace cachery::control::db {
namespace {

#define SELECT_PREFIX "SELECT id, cache_id, name, created_unix_seconds FROM watched_prefixes "

WatchedPrefixRecord read_prefix(Statement& row) {
  WatchedPrefixRecord prefix;
  prefix.id = static_cast<WatchedPrefixId>(row.integer());
  prefix.cache = static_cast<tenant::CacheId>(row.integer());
  prefix.name = row.blob();
  prefix.created_unix_seconds = row.integer();
  return prefix;
}

PrefixSampleRecord read_sample(Statement& row) {
  PrefixSampleRecord sample;
  sample.prefix = static_cast<WatchedPrefixId>(row.integer());
  sample.at_unix_seconds = row.integer();
  for (uint64_t* field :
       {&sample.items, &sample.bytes, &sample.hits, &sample.misses, &sample.mutations}) {
    *field = static_cast<uint64_t>(row.integer());
  }
  return sample;
}

}  // namespace

Result<std::vector<WatchedPrefixRecord>> WatchedPrefixRows::of(tenant::CacheId cache) {
  return database_.prepare(SELECT_PREFIX "WHERE cache_id = ? ORDER BY id")
      .bind(cache)
      .all(read_prefix);
}

Result<std::vector<WatchedPrefixRecord>> WatchedPrefixRows::all() {
  return database_.prepare(SELECT_PREFIX "ORDER BY cache_id, id").all(read_prefix);
}

Status WatchedPrefixRows::insert(const WatchedPrefixRecord& prefix) {
  return database_
      .prepare(
          "INSERT INTO watched_prefixes (id, cache_id, name, created_unix_seconds) "
          "VALUES (?, ?, ?, ?)")
      .bind(prefix.id)
      .bind(prefix.cache)
      .bind_blob(prefix.name)
      .bind(prefix.created_unix_seconds)
      .run();
}

Status WatchedPrefixRows::remove(WatchedPrefixId id) {
  return database_.prepare("DELETE FROM watched_prefixes WHERE id = ?").bind(id).run();
}

Status WatchedPrefixRows::put(const PrefixSampleRecord& sample) {
  return database_
      .prepare(
          "INSERT INTO watched_prefix_samples (prefix_id, at_unix_seconds, items, bytes, hits, "
          "misses, mutations) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (prefix_id, "
          "at_unix_seconds) DO UPDATE SET items = excluded.items, bytes = excluded.bytes, "
          "hits = excluded.hits, misses = excluded.misses, mutations = excluded.mutations")
      .bind(sample.prefix)
      .bind(sample.at_unix_seconds)
      .bind(sample.items)
      .bind(sample.bytes)
      .bind(sample.hits)
      .bind(sample.misses)
      .bind(sample.mutations)
      .run();
}

Result<std::vector<PrefixSampleRecord>> WatchedPrefixRows::samples(WatchedPrefixId prefix,
                                                                   const TimeWindow& window) {
  return database_
      .prepare(
          "SELECT prefix_id, at_unix_seconds, items, bytes, hits, misses, mutations FROM "
          "watched_prefix_samples WHERE prefix_id = ? AND at_unix_seconds >= ? AND "
          "at_unix_seconds < ? ORDER BY at_unix_seconds")
      .bind(prefix)
      .bind(window.start)
      .bind(window.end)
      .all(read_sample);
}

Status WatchedPrefixRows::remove_samples_before(int64_t unix_seconds) {
  return database_.prepare("DELETE FROM watched_prefix_samples WHERE at_unix_seconds < ?")
      .bind(unix_seconds)
      .run();
}

}  // namespace cachery::control::db
