-- Prefixes of keys that somebody wants watched. Names are bytes, as keys are.
CREATE TABLE watched_prefixes (
  id BIGINT PRIMARY KEY,
  cache_id BIGINT NOT NULL REFERENCES caches (id) ON DELETE CASCADE,
  name BLOB NOT NULL,
  created_unix_seconds BIGINT NOT NULL,
  UNIQUE (cache_id, name)
);
-- The node's counts, a row a minute and prefix, for a week.
CREATE TABLE watched_prefix_samples (
  prefix_id BIGINT NOT NULL REFERENCES watched_prefixes (id) ON DELETE CASCADE,
  at_unix_seconds BIGINT NOT NULL,
  items BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  hits BIGINT NOT NULL,
  misses BIGINT NOT NULL,
  mutations BIGINT NOT NULL,
  PRIMARY KEY (prefix_id, at_unix_seconds)
);
CREATE INDEX watched_prefix_samples_by_time ON watched_prefix_samples (at_unix_seconds);
