-- Each flush of a cache. An id grows with time, so that it is the order and the place of a page. The
-- credential is its username as bytes; it may be gone.
CREATE TABLE flush_log (
  id BIGINT PRIMARY KEY,
  cache_id BIGINT NOT NULL REFERENCES caches (id) ON DELETE CASCADE,
  at_unix_seconds BIGINT NOT NULL,
  node BIGINT NOT NULL,
  origin TEXT NOT NULL,
  credential BLOB NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX flush_log_by_cache ON flush_log (cache_id, id);
