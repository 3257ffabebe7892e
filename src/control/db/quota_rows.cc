#include "control/db/quota_rows.h"

#include <string_view>

namespace cachery::control::db {
namespace {

// PostgreSQL's sum of BIGINT is no BIGINT.
#define SUM(what) "CAST(coalesce(sum(" what "), 0) AS BIGINT)"
#define SELECT_QUOTA "SELECT q.team_id, q.name, q.most FROM team_quotas q "

uint64_t read_number(Statement& row) { return static_cast<uint64_t>(row.integer()); }

Holding read_holding(Statement& row) {
  const uint64_t amount = read_number(row);
  return {.amount = amount, .deleted = read_number(row)};
}

// The second column is the part in deleted caches. Credentials are counted by their index alone,
// own ports by that of the few that there are.
std::string_view sum_of(Quota quota) {
  switch (quota) {
    case Quota::memory_mib:
      return "SELECT " SUM("limit_bytes") ", "
             SUM("CASE WHEN deleted_unix_seconds <> 0 THEN limit_bytes ELSE 0 END")
             " FROM caches WHERE team_id = ?";
    case Quota::caches:
      return "SELECT count(*), " SUM(
          "CASE WHEN deleted_unix_seconds <> 0 THEN 1 ELSE 0 END") " FROM caches WHERE team_id = ?";
    case Quota::credentials:
      return "SELECT count(*), 0 FROM caches c JOIN credentials k ON k.cache_id = c.id "
             "WHERE c.team_id = ?";
    case Quota::own_ports:
      return "SELECT count(*), 0 FROM credentials k JOIN caches c ON c.id = k.cache_id "
             "WHERE k.own_port <> 0 AND c.team_id = ?";
  }
  return "";
}

// A name that this program does not know bounds nothing.
std::optional<TeamQuota> read_quota(Statement& row) {
  const auto team = static_cast<TeamId>(row.integer());
  const auto quota = parse_quota(row.text());
  const uint64_t most = read_number(row);
  if (!quota) return std::nullopt;
  return TeamQuota{.team = team, .quota = *quota, .most = most};
}

Result<std::vector<TeamQuota>> read_known(Statement& statement) {
  const auto rows = statement.all(read_quota);
  if (!rows) return std::unexpected(rows.error());
  std::vector<TeamQuota> known;
  for (const auto& row : *rows) {
    if (row) known.push_back(*row);
  }
  return known;
}

Result<uint64_t> read_one(Statement statement) {
  const auto value = statement.first(read_number);
  if (!value) return std::unexpected(value.error());
  return value->value_or(0);
}

}  // namespace

Result<Holding> QuotaRows::held_by(TeamId team, Quota quota) {
  const auto held = database_.prepare(sum_of(quota)).bind(team).first(read_holding);
  if (!held) return std::unexpected(held.error());
  return held->value_or(Holding{});
}

Result<uint64_t> QuotaRows::promised_bytes() {
  return read_one(database_.prepare("SELECT " SUM("limit_bytes") " FROM caches"));
}

Result<uint64_t> QuotaRows::own_ports_count() {
  return read_one(database_.prepare("SELECT count(*) FROM credentials WHERE own_port <> 0"));
}

Result<std::vector<TeamQuota>> QuotaRows::of(TeamId team) {
  return read_known(
      database_.prepare(SELECT_QUOTA "WHERE q.team_id = ? ORDER BY q.name").bind(team));
}

Result<std::vector<TeamQuota>> QuotaRows::of_teams_made_by(AccountId account) {
  return read_known(database_
                        .prepare(SELECT_QUOTA
                                 "JOIN teams t ON t.id = q.team_id WHERE t.creator_id = ? "
                                 "ORDER BY q.team_id")
                        .bind(account));
}

Status QuotaRows::put(const TeamQuota& quota) {
  return database_
      .prepare(
          "INSERT INTO team_quotas (team_id, name, most) VALUES (?, ?, ?) "
          "ON CONFLICT (team_id, name) DO UPDATE SET most = excluded.most")
      .bind(quota.team)
      .bind(name_of(quota.quota))
      .bind(quota.most)
      .run();
}

Status QuotaRows::remove(TeamId team, Quota quota) {
  return database_.prepare("DELETE FROM team_quotas WHERE team_id = ? AND name = ?")
      .bind(team)
      .bind(name_of(quota))
      .run();
}

}  // namespace cachery::control::db
