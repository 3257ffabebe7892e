// What is kept about a cluster, as a row, and the rows as the services see them. Its twin in
// control/db: cluster_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/plan_records.h"
#include "control/sequence.h"

namespace cachery::control {

using ClusterId = uint64_t;

inline constexpr Sequence kClusterIds{.name = "cluster"};

struct ClusterRecord {
  ClusterId id = 0;
  std::string name = {};    // unique
  std::string region = {};  // "us-east-1": where its machines are, as users choose it
  Kind kind = Kind::production;
};

class ClusterRecords {
 public:
  virtual ~ClusterRecords() = default;

  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<ClusterRecord>> all() = 0;
  [[nodiscard]] virtual Result<std::optional<ClusterRecord>> find(ClusterId id) = 0;
  [[nodiscard]] virtual Status insert(const ClusterRecord& cluster) = 0;
  [[nodiscard]] virtual Status update(const ClusterRecord& cluster) = 0;
};

}  // namespace cachery::control
