-- History. The last minutes of all caches, a row a minute and node; then a row a cache and
-- resolution (cache 0 stands for the node). What is in the packed columns: src/control/samples.h.
CREATE TABLE sample_frames (
  start BIGINT NOT NULL,
  node INTEGER NOT NULL,
  packed BLOB NOT NULL,
  PRIMARY KEY (start, node)
);

CREATE TABLE samples (
  cache_id BIGINT NOT NULL,
  step_seconds INTEGER NOT NULL,
  start BIGINT NOT NULL,
  node INTEGER NOT NULL,
  packed BLOB NOT NULL,
  PRIMARY KEY (cache_id, step_seconds, start, node)
);
-- What is too old is found by this. Rows come in the order of time, so it grows at its ends.
CREATE INDEX samples_by_age ON samples (step_seconds, start);

CREATE TABLE latencies (
  step_seconds INTEGER NOT NULL,
  start BIGINT NOT NULL,
  node INTEGER NOT NULL,
  requests_count BIGINT NOT NULL,
  busy_ns BIGINT NOT NULL,
  PRIMARY KEY (step_seconds, start, node)
);
