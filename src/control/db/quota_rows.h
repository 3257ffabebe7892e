// Rows of the table team_quotas, and counts of what teams hold: QuotaRecords on any engine. What
// each call promises is said in control/quota_records.h.
#pragma once

#include "control/db/connection.h"
#include "control/quota_records.h"

namespace cachery::control::db {

class QuotaRows final : public QuotaRecords {
 public:
  // It must outlive this.
  explicit QuotaRows(Connection& database) : database_(database) {}

  Result<Holding> held_by(TeamId team, Quota quota) override;
  Result<uint64_t> promised_bytes() override;
  Result<uint64_t> own_ports_count() override;
  Result<std::vector<TeamQuota>> of(TeamId team) override;
  Result<std::vector<TeamQuota>> of_teams_made_by(AccountId account) override;
  Status put(const TeamQuota& quota) override;
  Status remove(TeamId team, Quota quota) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
