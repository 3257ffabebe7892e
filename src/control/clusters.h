// Clusters: groups of nodes that share caches, each with a region (where users want their cache to
// be) and a kind. One machine is one cluster, which the schema makes at its first start; an
// operator may rename it and say where it stands. A cache is placed in a cluster when it is made,
// and stays.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/actor.h"
#include "control/audit.h"
#include "control/cluster_records.h"
#include "control/store.h"

namespace cachery::control {

inline constexpr size_t kClusterNameBytesMax = 64;

// Only what is set changes.
struct ClusterPatch {
  std::optional<std::string> name = {};
  std::optional<std::string> region = {};
  std::optional<Kind> kind = {};
};

class Clusters {
 public:
  // Both must outlive it.
  Clusters(Store& store, const Audit& audit) : store_(store), audit_(audit) {}

  [[nodiscard]] Result<std::vector<ClusterRecord>> list() const;
  // By its id in digits, or by its name in any case.
  [[nodiscard]] Result<ClusterRecord> find(std::string_view id_or_name) const;
  [[nodiscard]] Result<ClusterRecord> update(const Actor& actor, ClusterId id,
                                             const ClusterPatch& patch);

 private:
  Store& store_;
  const Audit& audit_;
};

// Within a transaction: where a new cache goes. In the region, if one is named, else anywhere; one
// of the wanted kind is preferred. invalid: there is no such region, with those there are.
[[nodiscard]] Result<ClusterRecord> choose_cluster(Records& records, std::string_view region,
                                                   Kind kind);

}  // namespace cachery::control
