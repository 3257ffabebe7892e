// Who did what to what, when and from where, with the old values and the new: a row written in the
// transaction of the change, so that neither can be there without the other. No secret goes in: a
// change of one is told by its name ("password": "changed"), and whoever calls note() sees to it.
// Fields that did not change are left out, so callers hand over the whole object before and after.
// The trail is bounded: the same act of the same actor within a minute is one row that counts
// (a client that flushes in a loop), long lists are told by their beginning, and the oldest rows
// go, by age and by number a team.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/audit_records.h"
#include "control/store.h"

namespace cachery::control {

inline constexpr uint32_t kAuditPageRowsMax = 1'000;
inline constexpr int64_t kAuditRepeatSeconds = 60;  // one row counts what is repeated so long
inline constexpr size_t kAuditListMax = 8;          // elements of a list that a row tells
inline constexpr size_t kAuditTextBytesMax = 1'000;
inline constexpr std::chrono::minutes kAuditPruningPeriod{10};

// 0: no bound.
struct AuditSettings {
  uint64_t days_kept = 0;
  uint64_t rows_of_team_max = 0;  // and, of what concerns no team, of each actor
};

// audit.note(records, actor, {.action = "plan.update", .object_kind = "plan", .object_id = slug,
//                             .before = {{"mib", 100}}, .after = {{"mib", 200}}})
struct AuditNote {
  std::string action = {};  // "<object kind>.<verb>"
  std::string object_kind = {};
  std::string object_id = {};
  tenant::CacheId cache = 0;
  TeamId team = 0;                  // 0: the cache's
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
  Audit(Store& store, const Clock& clock, AuditSettings settings = {})
      : store_(store), clock_(clock), settings_(settings) {}

  // Within the transaction that makes the change.
  [[nodiscard]] Status note(Records& records, const Actor& actor, AuditNote what) const;
  // invalid: rows_max is 0 or above kAuditPageRowsMax.
  [[nodiscard]] Result<AuditPage> list(AuditFilter filter) const;
  // The job: removes what is too old, or too much.
  [[nodiscard]] Status prune(const Now& now) const;

 private:
  Store& store_;
  const Clock& clock_;
  const AuditSettings settings_;
};

}  // namespace cachery::control
