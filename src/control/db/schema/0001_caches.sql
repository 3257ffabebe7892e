-- Numbers that only grow and are never given twice. A table of our own, not the engine's: a number
-- taken in a transaction that fails is given back, and every engine has it.
CREATE TABLE sequences (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO sequences (name, value) VALUES ('cache', 100000), ('credential', 0), ('revision', 0);

CREATE TABLE caches (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  limit_bytes BIGINT NOT NULL CHECK (limit_bytes > 0),
  is_enabled INTEGER NOT NULL,
  created_unix_seconds BIGINT NOT NULL
);
CREATE UNIQUE INDEX caches_by_name ON caches (lower(name));

CREATE TABLE credentials (
  id BIGINT PRIMARY KEY,
  cache_id BIGINT NOT NULL REFERENCES caches (id) ON DELETE CASCADE,
  username TEXT NOT NULL,
  sealed_password BLOB NOT NULL,
  password_digest BLOB NOT NULL,
  may_write INTEGER NOT NULL,
  may_flush INTEGER NOT NULL,
  may_use_api INTEGER NOT NULL,
  key_prefix TEXT NOT NULL,
  own_port INTEGER NOT NULL,
  -- Separated by commas, which no network contains.
  own_port_networks TEXT NOT NULL,
  tls_client_name TEXT NOT NULL,
  tls_server_name TEXT NOT NULL,
  is_primary INTEGER NOT NULL,
  created_unix_seconds BIGINT NOT NULL
);
CREATE UNIQUE INDEX credentials_by_username ON credentials (lower(username));
CREATE INDEX credentials_by_cache ON credentials (cache_id, id);
CREATE UNIQUE INDEX credentials_one_primary ON credentials (cache_id) WHERE is_primary = 1;
CREATE UNIQUE INDEX credentials_by_own_port ON credentials (own_port) WHERE own_port <> 0;
