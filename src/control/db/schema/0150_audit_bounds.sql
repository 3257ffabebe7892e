-- What is done again within a minute is counted in the row that tells of the first time.
ALTER TABLE audit ADD COLUMN times BIGINT NOT NULL DEFAULT 1;
ALTER TABLE audit ADD COLUMN last_unix_seconds BIGINT NOT NULL DEFAULT 0;
UPDATE audit SET last_unix_seconds = at_unix_seconds;
ALTER TABLE flush_log ADD COLUMN times BIGINT NOT NULL DEFAULT 1;
ALTER TABLE flush_log ADD COLUMN last_unix_seconds BIGINT NOT NULL DEFAULT 0;
UPDATE flush_log SET last_unix_seconds = at_unix_seconds;
