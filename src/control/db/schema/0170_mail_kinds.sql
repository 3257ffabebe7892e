-- Mails have kinds, and some go before others (mail_kinds.h). Those that wait already go first.
ALTER TABLE mails ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE mails ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mails_by_priority ON mails (state, priority, next_try_unix_seconds);

-- An address that is to be told alerts agrees first. Those that were there before have been told.
ALTER TABLE delivery_configs ADD COLUMN is_confirmed INTEGER NOT NULL DEFAULT 1;
-- The digest of the secret in the mail that asks; empty: nobody is asked.
ALTER TABLE delivery_configs ADD COLUMN confirmation BLOB;
ALTER TABLE delivery_configs ADD COLUMN confirmation_end_unix_seconds BIGINT NOT NULL DEFAULT 0;
CREATE INDEX delivery_configs_by_confirmation ON delivery_configs (confirmation);
