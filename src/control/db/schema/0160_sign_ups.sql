-- What a confirmation link puts in force: the password and the name of the sign-up that it was sent
-- for. Empty, of links sent before: those of the account.
ALTER TABLE one_time_secrets ADD COLUMN password_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE one_time_secrets ADD COLUMN person_name TEXT NOT NULL DEFAULT '';
