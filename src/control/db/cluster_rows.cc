#include "control/db/cluster_rows.h"

namespace cachery::control::db {
namespace {

#define SELECT_CLUSTER "SELECT id, name, region, kind FROM clusters "

ClusterRecord read_cluster(Statement& row) {
  ClusterRecord cluster;
  cluster.id = static_cast<ClusterId>(row.integer());
  cluster.name = row.text();
  cluster.region = row.text();
  cluster.kind = parse_kind(row.text()).value_or(Kind::production);
  return cluster;
}

// In the order of both statements that change a cluster.
Status run(Statement statement, const ClusterRecord& cluster) {
  return statement.bind(cluster.name)
      .bind(cluster.region)
      .bind(name_of(cluster.kind))
      .bind(cluster.id)
      .run();
}

}  // namespace

Result<std::vector<ClusterRecord>> ClusterRows::all() {
  return database_.prepare(SELECT_CLUSTER "ORDER BY id").all(read_cluster);
}

Result<std::optional<ClusterRecord>> ClusterRows::find(ClusterId id) {
  return database_.prepare(SELECT_CLUSTER "WHERE id = ?").bind(id).first(read_cluster);
}

Status ClusterRows::insert(const ClusterRecord& cluster) {
  return run(database_.prepare("INSERT INTO clusters (name, region, kind, id) "
                               "VALUES (?, ?, ?, ?)"),
             cluster);
}

Status ClusterRows::update(const ClusterRecord& cluster) {
  return run(database_.prepare("UPDATE clusters SET name = ?, region = ?, kind = ? WHERE id = ?"),
             cluster);
}

}  // namespace cachery::control::db
