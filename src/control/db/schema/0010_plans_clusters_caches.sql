-- Plans, clusters, and what a cache has beside its name and size.
CREATE TABLE plans (
  slug TEXT PRIMARY KEY,
  mib BIGINT NOT NULL CHECK (mib > 0),
  price_minor_units BIGINT NOT NULL CHECK (price_minor_units >= 0),
  kind TEXT NOT NULL,
  -- 0: no limit, in these three
  connections_max BIGINT NOT NULL,
  requests_per_second BIGINT NOT NULL,
  bytes_per_second BIGINT NOT NULL,
  manage_credentials INTEGER NOT NULL,
  update_capabilities INTEGER NOT NULL,
  several_servers INTEGER NOT NULL
);
-- Prices a month in cents, those of the Heroku list of 2014. It has none for 7500: 430.00 lies
-- between its neighbours by size (300.00 for 5000, 550.00 for 10000), five below the middle.
-- Memory is what plans are sold by: rates have no limit unless an operator wants one, and
-- connections are generous, to stop a runaway client and not to sell larger plans.
INSERT INTO plans (slug, mib, price_minor_units, kind, connections_max, requests_per_second,
                   bytes_per_second, manage_credentials, update_capabilities, several_servers)
VALUES
  ('dev', 25, 0, 'development', 500, 0, 0, 1, 1, 1),
  ('100', 100, 1500, 'production', 1000, 0, 0, 1, 1, 1),
  ('250', 250, 2500, 'production', 2000, 0, 0, 1, 1, 1),
  ('500', 500, 4000, 'production', 4000, 0, 0, 1, 1, 1),
  ('1000', 1000, 7000, 'production', 8000, 0, 0, 1, 1, 1),
  ('2500', 2500, 16500, 'production', 12000, 0, 0, 1, 1, 1),
  ('5000', 5000, 30000, 'production', 16000, 0, 0, 1, 1, 1),
  ('7500', 7500, 43000, 'production', 20000, 0, 0, 1, 1, 1),
  ('10000', 10000, 55000, 'production', 24000, 0, 0, 1, 1, 1),
  ('20000', 20000, 80000, 'production', 32000, 0, 0, 1, 1, 1);

CREATE TABLE clusters (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  region TEXT NOT NULL,
  kind TEXT NOT NULL
);
CREATE UNIQUE INDEX clusters_by_name ON clusters (lower(name));
-- One machine is one cluster, of both kinds of caches; an operator may name it and its region.
INSERT INTO clusters (id, name, region, kind) VALUES (1, 'main', 'local', 'production');
INSERT INTO sequences (name, value) VALUES ('cluster', 1);

-- 0 is none, where nothing else is said. Times are unix seconds.
ALTER TABLE caches ADD COLUMN team_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE caches ADD COLUMN cluster_id BIGINT NOT NULL DEFAULT 1;
-- Who disabled it: '', 'owner', 'operator' or 'idle'.
ALTER TABLE caches ADD COLUMN disabled_by TEXT NOT NULL DEFAULT '';
ALTER TABLE caches ADD COLUMN deleted_unix_seconds BIGINT NOT NULL DEFAULT 0;
-- Of the single sign-on address; NULL or empty: there is none.
ALTER TABLE caches ADD COLUMN sealed_link_secret BLOB;
-- When the cache was last seen to be used, by what mark, and when its owner was warned that it is
-- idle.
ALTER TABLE caches ADD COLUMN used_unix_seconds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE caches ADD COLUMN used_mark BIGINT NOT NULL DEFAULT 0;
ALTER TABLE caches ADD COLUMN idle_warned_unix_seconds BIGINT NOT NULL DEFAULT 0;
UPDATE caches SET used_unix_seconds = created_unix_seconds;
UPDATE caches SET disabled_by = 'operator' WHERE is_enabled = 0;

-- A name is its team's, and free again when its cache is deleted.
DROP INDEX caches_by_name;
CREATE UNIQUE INDEX caches_by_name ON caches (team_id, lower(name)) WHERE deleted_unix_seconds = 0;
CREATE INDEX caches_by_team ON caches (team_id, id);
CREATE INDEX caches_by_deleted ON caches (deleted_unix_seconds) WHERE deleted_unix_seconds <> 0;
