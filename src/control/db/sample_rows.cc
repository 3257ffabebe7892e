#include "control/db/sample_rows.h"

namespace cachery::control::db {
namespace {

FrameRecord read_frame(Statement& row) {
  FrameRecord frame;
  frame.start = row.integer();
  frame.node = static_cast<uint32_t>(row.integer());
  frame.packed = row.blob();
  return frame;
}

SampleRecord read_sample(Statement& row) {
  SampleRecord record;
  record.key.cache = static_cast<tenant::CacheId>(row.integer());
  record.key.step_seconds = row.integer();
  record.key.start = row.integer();
  record.key.node = static_cast<uint32_t>(row.integer());
  record.packed = row.blob();
  return record;
}

LatencyRecord read_latency(Statement& row) {
  LatencyRecord latency;
  latency.step_seconds = row.integer();
  latency.start = row.integer();
  latency.node = static_cast<uint32_t>(row.integer());
  latency.requests_count = static_cast<uint64_t>(row.integer());
  latency.busy_ns = static_cast<uint64_t>(row.integer());
  latency.packed_counts = row.blob();
  return latency;
}

constexpr size_t kRowsTogether = 64;  // of one INSERT: 320 values

std::string insert_of(size_t rows_count) {
  std::string sql = "INSERT INTO samples (cache_id, step_seconds, start, node, packed) VALUES ";
  for (size_t i = 0; i < rows_count; ++i) sql += i == 0 ? "(?, ?, ?, ?, ?)" : ", (?, ?, ?, ?, ?)";
  return sql +
         " ON CONFLICT (cache_id, step_seconds, start, node) DO UPDATE SET packed = "
         "excluded.packed";
}

void bind(Statement& statement, const SampleRecord& record) {
  statement.bind(record.key.cache)
      .bind(record.key.step_seconds)
      .bind(record.key.start)
      .bind(record.key.node)
      .bind_blob(record.packed);
}

}  // namespace

Result<std::vector<FrameRecord>> SampleRows::frames(const TimeWindow& window) {
  return database_
      .prepare(
          "SELECT start, node, packed FROM sample_frames WHERE start >= ? AND start < ? "
          "ORDER BY start, node")
      .bind(window.start)
      .bind(window.end)
      .all(read_frame);
}

Status SampleRows::put(const FrameRecord& frame) {
  return database_
      .prepare(
          "INSERT INTO sample_frames (start, node, packed) VALUES (?, ?, ?) "
          "ON CONFLICT (start, node) DO UPDATE SET packed = excluded.packed")
      .bind(frame.start)
      .bind(frame.node)
      .bind_blob(frame.packed)
      .run();
}

Status SampleRows::remove_frames_before(int64_t start) {
  return database_.prepare("DELETE FROM sample_frames WHERE start < ?").bind(start).run();
}

Result<std::vector<SampleRecord>> SampleRows::of(tenant::CacheId cache, int64_t step_seconds,
                                                 const TimeWindow& window) {
  return database_
      .prepare(
          "SELECT cache_id, step_seconds, start, node, packed FROM samples "
          "WHERE cache_id = ? AND step_seconds = ? AND start >= ? AND start < ? "
          "ORDER BY start, node")
      .bind(cache)
      .bind(step_seconds)
      .bind(window.start)
      .bind(window.end)
      .all(read_sample);
}

Result<std::optional<SampleRecord>> SampleRows::last_before(tenant::CacheId cache,
                                                            int64_t step_seconds, int64_t start) {
  return database_
      .prepare(
          "SELECT cache_id, step_seconds, start, node, packed FROM samples "
          "WHERE cache_id = ? AND step_seconds = ? AND start < ? ORDER BY start DESC LIMIT 1")
      .bind(cache)
      .bind(step_seconds)
      .bind(start)
      .first(read_sample);
}

Result<std::vector<SampleRecord>> SampleRows::between(int64_t step_seconds,
                                                      const TimeWindow& window) {
  return database_
      .prepare(
          "SELECT cache_id, step_seconds, start, node, packed FROM samples "
          "WHERE step_seconds = ? AND start >= ? AND start < ?")
      .bind(step_seconds)
      .bind(window.start)
      .bind(window.end)
      .all(read_sample);
}

Status SampleRows::put(const std::vector<SampleRecord>& records) {
  // Thousands at a time: a statement each would be a round trip each where the database is another
  // process.
  static const std::string many = insert_of(kRowsTogether);
  static const std::string one = insert_of(1);
  for (size_t i = 0; i < records.size();) {
    const size_t count = records.size() - i < kRowsTogether ? 1 : kRowsTogether;
    Statement statement = database_.prepare(count == 1 ? one : many);
    for (const size_t end = i + count; i < end; ++i) bind(statement, records[i]);
    if (auto done = statement.run(); !done) return done;
  }
  return {};
}

Status SampleRows::remove_before(int64_t step_seconds, int64_t start) {
  return database_.prepare("DELETE FROM samples WHERE step_seconds = ? AND start < ?")
      .bind(step_seconds)
      .bind(start)
      .run();
}

Status SampleRows::put(const LatencyRecord& latency) {
  return database_
      .prepare(
          "INSERT INTO latencies (step_seconds, start, node, requests_count, busy_ns, "
          "packed_counts) VALUES (?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (step_seconds, start, node) DO UPDATE SET "
          "requests_count = excluded.requests_count, busy_ns = excluded.busy_ns, "
          "packed_counts = excluded.packed_counts")
      .bind(latency.step_seconds)
      .bind(latency.start)
      .bind(latency.node)
      .bind(latency.requests_count)
      .bind(latency.busy_ns)
      .bind_blob(latency.packed_counts)
      .run();
}

Result<std::vector<LatencyRecord>> SampleRows::latencies(int64_t step_seconds,
                                                         const TimeWindow& window) {
  return database_
      .prepare(
          "SELECT step_seconds, start, node, requests_count, busy_ns, packed_counts FROM latencies "
          "WHERE step_seconds = ? AND start >= ? AND start < ? ORDER BY start, node")
      .bind(step_seconds)
      .bind(window.start)
      .bind(window.end)
      .all(read_latency);
}

Status SampleRows::remove_latencies_before(int64_t step_seconds, int64_t start) {
  return database_.prepare("DELETE FROM latencies WHERE step_seconds = ? AND start < ?")
      .bind(step_seconds)
      .bind(start)
      .run();
}

}  // namespace cachery::control::db
