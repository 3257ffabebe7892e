-- One row: a known text, sealed with the master key that everything else here is sealed with. A start
-- with another key, however well formed, finds out by it before it seals anything.
CREATE TABLE master_key_checks (
  id BIGINT PRIMARY KEY,
  sealed BLOB NOT NULL
);
