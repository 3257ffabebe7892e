// What is kept about a cache, as a row, and the rows as the services see them. Its twin in
// control/db: cache_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/cluster_records.h"
#include "control/role.h"
#include "control/sequence.h"
#include "tenant/snapshot.h"

namespace cachery::control {

using tenant::CacheId;

inline constexpr CacheId kFirstCacheId = 100'001;
inline constexpr Sequence kCacheIds{.name = "cache", .first = kFirstCacheId};
inline constexpr ClusterId kFirstClusterId = 1;  // the schema makes it

// Who disabled a cache decides who may enable it: what the operator did, only he undoes.
enum class DisabledBy : uint8_t { nobody, owner, operator_, idle };

// Names as the API and the database have them; nobody is "".
constexpr std::string_view name_of(DisabledBy who) {
  switch (who) {
    case DisabledBy::nobody:
      return "";
    case DisabledBy::owner:
      return "owner";
    case DisabledBy::operator_:
      return "operator";
    case DisabledBy::idle:
      return "idle";
  }
  return "";
}

constexpr DisabledBy parse_disabled_by(std::string_view name) {
  for (const DisabledBy who : {DisabledBy::owner, DisabledBy::operator_, DisabledBy::idle}) {
    if (name_of(who) == name) return who;
  }
  return DisabledBy::nobody;
}

struct CacheRecord {
  CacheId id = 0;
  std::string name = {};     // its label; unique in its team, without regard to case
  std::string plan = {};     // a plan's slug, or kCustomPlan
  uint64_t limit_bytes = 0;  // what the cache may be charged with
  bool is_enabled = true;
  int64_t created_unix_seconds = 0;
  TeamId team = 0;  // 0: the operator's, nobody else's
  ClusterId cluster = kFirstClusterId;
  DisabledBy disabled_by = DisabledBy::nobody;  // nobody as long as it is enabled
  int64_t deleted_unix_seconds = 0;             // 0: it is not
  std::string sealed_link_secret = {};          // bytes, see seal.h; empty: it has no such address

  // control/idle_caches alone: when it was last seen to be used, what the node's counter was then,
  // and when its owner was warned (0: not since).
  int64_t used_unix_seconds = 0;
  uint64_t used_mark = 0;
  int64_t idle_warned_unix_seconds = 0;

  bool is_deleted() const { return deleted_unix_seconds != 0; }
};

// A part of a list in the order of ids, which are never given again: it is neither told twice nor
// left out what is there all the time, however many are made and deleted in between.
struct CachePage {
  CacheId after = 0;                // those of larger ids alone
  uint32_t count_max = UINT32_MAX;  // no more than so many
};

struct CacheRowsFilter {
  std::optional<TeamId> team = {};  // not set: of every team and of none
  bool is_deleted = false;          // the deleted ones alone, or none of them
  CachePage page = {};
};

class CacheRecords {
 public:
  virtual ~CacheRecords() = default;

  // In the order of their ids, all these. Deleted ones are among all() until they are purged, and
  // find() finds them.
  [[nodiscard]] virtual Result<std::vector<CacheRecord>> all() = 0;
  [[nodiscard]] virtual Result<std::vector<CacheRecord>> list(const CacheRowsFilter& filter) = 0;
  [[nodiscard]] virtual Result<std::optional<CacheRecord>> find(CacheId id) = 0;
  // In any case of its letters, in every team; none that is deleted.
  [[nodiscard]] virtual Result<std::vector<CacheRecord>> named(std::string_view name) = 0;
  [[nodiscard]] virtual Status insert(const CacheRecord& cache) = 0;
  [[nodiscard]] virtual Status update(const CacheRecord& cache) = 0;
  // For good. Its credentials go with it.
  [[nodiscard]] virtual Status remove(CacheId id) = 0;
};

}  // namespace cachery::control
