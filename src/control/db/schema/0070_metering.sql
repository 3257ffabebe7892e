-- What each cache was charged for, from when on; and the bills that were made of it. Months are
-- numbers: 202402 is February 2024. No reference to a cache or a team: bills outlive both.
CREATE TABLE usage_events (
  id BIGINT PRIMARY KEY,
  cache_id BIGINT NOT NULL,
  cache_name TEXT NOT NULL,
  team_id BIGINT NOT NULL,
  plan TEXT NOT NULL,
  price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
  is_charged INTEGER NOT NULL,
  at_unix_seconds BIGINT NOT NULL
);
CREATE INDEX usage_events_by_cache ON usage_events (cache_id, id);
CREATE INDEX usage_events_by_time ON usage_events (at_unix_seconds);

CREATE TABLE closed_months (
  month INTEGER PRIMARY KEY,
  closed_unix_seconds BIGINT NOT NULL
);

CREATE TABLE invoices (
  id BIGINT PRIMARY KEY,
  team_id BIGINT NOT NULL,
  team_name TEXT NOT NULL,
  month INTEGER NOT NULL REFERENCES closed_months (month),
  currency TEXT NOT NULL,
  total_minor BIGINT NOT NULL,
  closed_unix_seconds BIGINT NOT NULL,
  digest TEXT NOT NULL
);
CREATE UNIQUE INDEX invoices_by_month ON invoices (month, team_id);
CREATE INDEX invoices_by_team ON invoices (team_id, id);

CREATE TABLE invoice_lines (
  invoice_id BIGINT NOT NULL REFERENCES invoices (id),
  position INTEGER NOT NULL,
  cache_id BIGINT NOT NULL,
  cache_name TEXT NOT NULL,
  plan TEXT NOT NULL,
  price_minor BIGINT NOT NULL,
  hours BIGINT NOT NULL,
  month_hours BIGINT NOT NULL,
  amount_minor BIGINT NOT NULL,
  PRIMARY KEY (invoice_id, position)
);
