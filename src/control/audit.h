// Who did what to what, when and from where, with the old values and the new: a row written in the
// transaction of the change, so that neither can be there without the other. No secret goes in: a
// change of one is told by its name ("password": "changed"), and whoever calls note() sees to it.
// Fields that did not change are left out, so callers hand over the whole object before and after.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/audit_records.h"
#include "control/store.h"

namespace cachery::control {

inline constexpr uint32_t kAuditPageRowsMax = 1'000;

// audit.note(records, actor, {.action = "plan.update", .object_kind = "plan", .object_id = slug,
//                             .before = {{"mib", 100}}, .after = {{"mib", 200}}})
struct AuditNote {
  std::string action = {};  // "<object kind>.<verb>"
  std::string object_kind = {};
  std::string object_id = {};
  tenant::CacheId cache = 0;
  TeamId team = 0;
  boost::json::object before = {};  // empty: it was not there
  boost::json::object after = {};   // empty: it is gone
};

struct AuditPage {
  std::vector<AuditRecord> rows = {};  // the newest first
  bool has_more = false;
};

class Audit {
 public:
  // Both must outlive it.
  Audit(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // Within the transaction that makes the change.
  [[nodiscard]] Status note(Records& records, const Actor& actor, AuditNote what) const;
  // invalid: rows_max is 0 or above kAuditPageRowsMax.
  [[nodiscard]] Result<AuditPage> list(AuditFilter filter) const;

 private:
  Store& store_;
  const Clock& clock_;
};

}  // namespace cachery::control
