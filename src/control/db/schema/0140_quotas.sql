-- Who made a team; 0: it is not known, and no default bounds it. A team that is older than this is
-- its first owner's.
ALTER TABLE teams ADD COLUMN creator_id BIGINT NOT NULL DEFAULT 0;
UPDATE teams SET creator_id = coalesce(
  (SELECT min(m.account_id) FROM team_members m WHERE m.team_id = teams.id AND m.role = 'owner'), 0);
CREATE INDEX teams_by_creator ON teams (creator_id, id);

-- Bounds that an operator gave one team. Which names there are stands in control/quota_records.h.
CREATE TABLE team_quotas (
  team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  most BIGINT NOT NULL,
  PRIMARY KEY (team_id, name)
);
