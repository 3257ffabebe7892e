-- Conditions on caches, what happened to them, where people are told, and each telling. A scope is a
-- cache's id, or 0 for the installation, so it is no reference: what belongs to a cache that is gone
-- is removed by age.
CREATE TABLE delivery_configs (
  id BIGINT PRIMARY KEY,
  scope BIGINT NOT NULL,
  channel TEXT NOT NULL,
  email TEXT NOT NULL,
  slack_url TEXT NOT NULL,
  slack_channel TEXT NOT NULL,
  webhook_url TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  wants_invoices INTEGER NOT NULL,
  created_unix_seconds BIGINT NOT NULL
);
CREATE INDEX delivery_configs_by_scope ON delivery_configs (scope, id);

CREATE TABLE alerts (
  id BIGINT PRIMARY KEY,
  scope BIGINT NOT NULL,
  trigger_type TEXT NOT NULL,
  threshold BIGINT NOT NULL,
  config_id BIGINT REFERENCES delivery_configs (id),
  description TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  state TEXT NOT NULL,
  state_unix_seconds BIGINT NOT NULL,
  created_unix_seconds BIGINT NOT NULL
);
CREATE INDEX alerts_by_scope ON alerts (scope, id);
CREATE INDEX alerts_by_config ON alerts (config_id);

CREATE TABLE alert_events (
  id BIGINT PRIMARY KEY,
  alert_id BIGINT NOT NULL,
  scope BIGINT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  trigger_type TEXT NOT NULL,
  threshold BIGINT NOT NULL,
  measured DOUBLE PRECISION,
  description TEXT NOT NULL,
  at_unix_seconds BIGINT NOT NULL
);
CREATE INDEX alert_events_by_scope ON alert_events (scope, id);
CREATE INDEX alert_events_by_time ON alert_events (at_unix_seconds);

CREATE TABLE deliveries (
  id BIGINT PRIMARY KEY,
  idempotency_id TEXT NOT NULL,
  scope BIGINT NOT NULL,
  -- No reference: a delivery is shown after its configuration is gone.
  config_id BIGINT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts_count INTEGER NOT NULL,
  next_attempt_unix_seconds BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  created_unix_seconds BIGINT NOT NULL,
  finished_unix_seconds BIGINT NOT NULL
);
CREATE UNIQUE INDEX deliveries_by_idempotency_id ON deliveries (idempotency_id);
CREATE INDEX deliveries_by_scope ON deliveries (scope, id);
CREATE INDEX deliveries_due ON deliveries (next_attempt_unix_seconds) WHERE state = 'queued';
