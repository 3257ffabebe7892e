// Plans as rows of the table `plans`: PlanRecords on any engine. One transaction's: it borrows
// the Connection, which must outlive it.
#pragma once

#include "control/db/connection.h"
#include "control/plan_records.h"
#include "control/touched.h"

namespace cachery::control::db {

class PlanRows final : public PlanRecords {
 public:
  // Both must outlive this. What nodes must know of is noted as touched.
  PlanRows(Connection& database, Touched& touched) : database_(database), touched_(touched) {}

  Result<std::vector<Plan>> all() override;
  Result<std::optional<Plan>> find(std::string_view slug) override;
  Status insert(const Plan& plan) override;
  Status update(const Plan& plan) override;
  Status remove(std::string_view slug) override;

 private:
  Connection& database_;
  Touched& touched_;
};

}  // namespace cachery::control::db
