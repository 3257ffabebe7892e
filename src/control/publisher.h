// Makes a change and puts it in force: the one path on which records reach the nodes. A change is
// committed first and published then, so that what was acknowledged survives a crash; before the
// commit the new snapshot is built and checked as a node would, so that a clash (a port that two
// credentials want) is refused with nothing written. Rejected: publishing first and undoing when
// the commit fails, which would show clients a state that never was. A publication that fails all
// the same is reported, and the next change carries it along, for a table is always whole.
// The table that was published last is kept, and a change makes the next one of it
// (tenant/table.h): what the transaction touched (touched.h) is read again, and all else is shared.
// When somebody else has changed the database in between, which the revision tells, all is read.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "control/admission.h"
#include "control/own_names.h"
#include "control/store.h"
#include "tenant/node.h"
#include "tenant/table.h"

namespace cachery::control {

class Publisher {
 public:
  // Both must outlive it. Of the facts, the service's own names: no credential is published with
  // one.
  Publisher(Store& store, tenant::Node& node, NodeFacts facts = {})
      : store_(store), node_(node), facts_(std::move(facts)) {}

  // Any thread. On success the change is on disk and in force.
  [[nodiscard]] Status change(const Store::Work& work);
  // The present state, under a new revision: at start.
  [[nodiscard]] Status publish_present() {
    return change([](Records&) { return Status{}; });
  }
  // What the last change saved; null before the first. Any thread, without waiting for a change.
  std::shared_ptr<const tenant::TenantTable> table() const {
    const std::lock_guard lock(table_mutex_);
    return table_;
  }

 private:
  using Table = std::shared_ptr<const tenant::TenantTable>;

  [[nodiscard]] Result<Table> next_table(Records& records, const OwnNames& own);
  void withhold_own_names(const OwnNames& own, tenant::Cache& cache);

  Store& store_;
  tenant::Node& node_;
  const NodeFacts facts_;
  std::mutex mutex_;  // held over commit and publication: revisions reach nodes in order
  std::optional<OwnNames> own_names_;  // of the last table; guarded by mutex_
  std::set<std::pair<tenant::CredentialId, std::string>> told_of_;  // guarded by mutex_
  mutable std::mutex table_mutex_;
  std::shared_ptr<const tenant::TenantTable> table_;  // guarded by table_mutex_
};

}  // namespace cachery::control
