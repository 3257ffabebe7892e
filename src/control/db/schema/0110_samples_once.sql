-- Hours and days used to grow while they ran; now they are written when they are over. The last ones
-- are made again of what is finer.
DELETE FROM samples WHERE step_seconds = 3600
  AND start >= (SELECT max(start) FROM samples WHERE step_seconds = 3600);
DELETE FROM samples WHERE step_seconds = 86400
  AND start >= (SELECT max(start) FROM samples WHERE step_seconds = 86400);
