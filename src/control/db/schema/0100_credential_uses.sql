-- When the credential was last used; 0: never, or not since this is kept.
ALTER TABLE credentials ADD COLUMN used_unix_seconds BIGINT NOT NULL DEFAULT 0;
