-- Who did what to what: added to, never changed. An id grows with time, so that it is the order and
-- the place of a page.
CREATE TABLE audit (
  id BIGINT PRIMARY KEY,
  at_unix_seconds BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id BIGINT NOT NULL,
  actor_name TEXT NOT NULL,
  operator_id BIGINT NOT NULL,
  address TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  -- 0: it concerns none. No references: the row outlives what it tells of.
  cache_id BIGINT NOT NULL,
  team_id BIGINT NOT NULL,
  before_json TEXT NOT NULL,
  after_json TEXT NOT NULL
);
CREATE INDEX audit_by_cache ON audit (cache_id, id);
CREATE INDEX audit_by_team ON audit (team_id, id);
CREATE INDEX audit_by_actor ON audit (actor_id, id);
