-- People, and how they prove who they are. Nothing here opens anything by itself: passwords are
-- Argon2id, other secrets digests, and what must be read back (the second factor's key, a mail that
-- waits) is sealed with the master key.
CREATE TABLE accounts (
  id BIGINT PRIMARY KEY,
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  is_confirmed INTEGER NOT NULL,
  is_operator INTEGER NOT NULL,
  is_suspended INTEGER NOT NULL,
  -- Sealed; empty: none. It is in force once a code of it was shown.
  totp_key BLOB NOT NULL,
  has_second_factor INTEGER NOT NULL,
  -- The last time step whose code was taken: no code is taken twice.
  totp_step BIGINT NOT NULL,
  created_unix_seconds BIGINT NOT NULL,
  last_sign_in_unix_seconds BIGINT NOT NULL
);
CREATE UNIQUE INDEX accounts_by_email ON accounts (lower(email));

CREATE TABLE recovery_codes (
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  digest BLOB NOT NULL,
  PRIMARY KEY (account_id, digest)
);

CREATE TABLE sessions (
  id BIGINT PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  -- Whoever really acts, when an operator signed in as support; else 0.
  operator_id BIGINT NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  created_unix_seconds BIGINT NOT NULL,
  last_used_unix_seconds BIGINT NOT NULL,
  -- Both ends: of idleness, moved by use, and of all.
  idle_end_unix_seconds BIGINT NOT NULL,
  end_unix_seconds BIGINT NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account_id, id);
CREATE INDEX sessions_by_operator ON sessions (operator_id) WHERE operator_id <> 0;

CREATE TABLE personal_tokens (
  id BIGINT PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  may_write INTEGER NOT NULL,
  may_see_credentials INTEGER NOT NULL,
  created_unix_seconds BIGINT NOT NULL,
  last_used_unix_seconds BIGINT NOT NULL,
  end_unix_seconds BIGINT NOT NULL
);
CREATE INDEX personal_tokens_by_account ON personal_tokens (account_id, id);

-- Secrets that open one thing once: a link in a mail, the first operator's link, the half of a
-- sign-in that waits for its second factor.
CREATE TABLE one_time_secrets (
  digest BLOB PRIMARY KEY,
  purpose TEXT NOT NULL,
  account_id BIGINT REFERENCES accounts (id) ON DELETE CASCADE,
  tries_left INTEGER NOT NULL,
  end_unix_seconds BIGINT NOT NULL
);
CREATE INDEX one_time_secrets_by_account ON one_time_secrets (account_id, purpose);

CREATE TABLE teams (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  -- Its caches are refused while it is.
  is_suspended INTEGER NOT NULL,
  created_unix_seconds BIGINT NOT NULL
);

CREATE TABLE team_members (
  team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  PRIMARY KEY (team_id, account_id)
);
CREATE INDEX team_members_by_account ON team_members (account_id, team_id);

CREATE TABLE invitations (
  id BIGINT PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  role TEXT NOT NULL,
  created_unix_seconds BIGINT NOT NULL,
  end_unix_seconds BIGINT NOT NULL
);
CREATE UNIQUE INDEX invitations_by_team ON invitations (team_id, lower(email));

-- Addresses that asked for a new password, whether an account has them or not: looked up by a job,
-- so that the request itself does the same work for both.
CREATE TABLE reset_requests (
  email TEXT PRIMARY KEY
);

CREATE TABLE mails (
  id BIGINT PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  -- Sealed; emptied when it is sent.
  body BLOB NOT NULL,
  state TEXT NOT NULL,
  tries_count INTEGER NOT NULL,
  last_failure TEXT NOT NULL,
  created_unix_seconds BIGINT NOT NULL,
  next_try_unix_seconds BIGINT NOT NULL
);
CREATE INDEX mails_by_next_try ON mails (state, next_try_unix_seconds);
