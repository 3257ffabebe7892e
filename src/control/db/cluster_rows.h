// Clusters as rows of the table `clusters`: ClusterRecords on any engine. One transaction's: it
// borrows the Connection, which must outlive it.
#pragma once

#include "control/cluster_records.h"
#include "control/db/connection.h"

namespace cachery::control::db {

class ClusterRows final : public ClusterRecords {
 public:
  // It must outlive this.
  explicit ClusterRows(Connection& database) : database_(database) {}

  Result<std::vector<ClusterRecord>> all() override;
  Result<std::optional<ClusterRecord>> find(ClusterId id) override;
  Status insert(const ClusterRecord& cluster) override;
  Status update(const ClusterRecord& cluster) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
