-- How many requests took how long: src/control/latency.h says what is in it. NULL: kept before there
-- were any.
ALTER TABLE latencies ADD COLUMN packed_counts BLOB;
