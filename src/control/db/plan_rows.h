// Plans as rows of the table `plans`: PlanRecords on any engine. One transaction's: it borrows
// the Connection, which must outlive it.
#pragma once

#include "control/db/connection.h"
#include "control/plan_records.h"

namespace cachery::control::db {

class PlanRows final : public PlanRecords {
 public:
  // It must outlive this.
  explicit PlanRows(Connection& database) : database_(database) {}

  Result<std::vector<Plan>> all() override;
  Result<std::optional<Plan>> find(std::string_view slug) override;
  Status insert(const Plan& plan) override;
  Status update(const Plan& plan) override;
  Status remove(std::string_view slug) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
