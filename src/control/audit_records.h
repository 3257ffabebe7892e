// What is kept of each change, as a row, and the rows as the audit sees them. Rows are added and
// read; what is done again at once is counted in its row, and the oldest go. Its twin in
// control/db: audit_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/actor.h"
#include "control/role.h"
#include "control/sequence.h"
#include "tenant/snapshot.h"

namespace cachery::control {

inline constexpr Sequence kAuditIds{.name = "audit"};

struct AuditRecord {
  uint64_t id = 0;  // grows with time
  int64_t at_unix_seconds = 0;
  Actor actor = {};
  std::string action = {};       // "cache.update"
  std::string object_kind = {};  // "cache", "credential", "plan", ...
  std::string object_id = {};    // as the API's paths have it
  tenant::CacheId cache = 0;     // the cache that it concerns; 0: none
  TeamId team = 0;               // the team that it concerns; 0: none
  // JSON objects, one line each: the fields that changed. "{}" where there is no old or no new.
  std::string before = "{}";
  std::string after = "{}";
  uint64_t times = 1;             // that this was done, within a minute
  int64_t last_unix_seconds = 0;  // of them
};

// Which rows are wanted: those for which all that is set holds.
struct AuditFilter {
  std::optional<tenant::CacheId> cache = {};
  std::optional<TeamId> team = {};
  std::optional<std::string> actor_kind = {};
  std::optional<uint64_t> actor_id = {};
  std::optional<std::string> action = {};
  std::optional<std::string> object_kind = {};
  std::optional<std::string> object_id = {};
  std::optional<int64_t> since_unix_seconds = {};  // this second too
  std::optional<int64_t> until_unix_seconds = {};  // before this second
  std::optional<uint64_t> before_id = {};          // the next page: the smallest id of the last one
  uint32_t rows_max = 100;
};

// In one statement, so that no writer waits long.
inline constexpr uint64_t kAuditPrunedMax = 10'000;

class AuditRecords {
 public:
  virtual ~AuditRecords() = default;

  [[nodiscard]] virtual Status insert(const AuditRecord& record) = 0;
  // True: one of the newest rows of the same actor, not older than `since`, says all the same, and
  // counts this one too. False: there is none, and nothing was done.
  [[nodiscard]] virtual Result<bool> repeat(const AuditRecord& record,
                                            int64_t since_unix_seconds) = 0;
  // The newest first.
  [[nodiscard]] virtual Result<std::vector<AuditRecord>> list(const AuditFilter& filter) = 0;
  // Removes rows older than that, no more than kAuditPrunedMax; how many.
  [[nodiscard]] virtual Result<uint64_t> prune_before(int64_t unix_seconds) = 0;
  // Removes the oldest rows of each team that has more than so many, and of what concerns no team
  // those of each actor that has; no more than kAuditPrunedMax of each; how many.
  [[nodiscard]] virtual Result<uint64_t> keep_newest(uint64_t rows_max) = 0;
};

}  // namespace cachery::control
