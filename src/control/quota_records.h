// What teams hold of what everybody shares, counted from the rows themselves, and the bounds that
// an operator gave single teams. Its twin in control/db: quota_rows.h. The rules: quotas.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "control/account_records.h"
#include "control/role.h"

namespace cachery::control {

enum class Quota : uint8_t { memory_mib, caches, credentials, own_ports };
inline constexpr size_t kQuotasCount = 4;

// The names that the API and the database have for them.
constexpr std::string_view name_of(Quota quota) {
  switch (quota) {
    case Quota::memory_mib:
      return "memory_mib";
    case Quota::caches:
      return "caches";
    case Quota::credentials:
      return "credentials";
    case Quota::own_ports:
      return "own_ports";
  }
  return "";
}

constexpr std::optional<Quota> parse_quota(std::string_view name) {
  for (size_t i = 0; i < kQuotasCount; ++i) {
    if (name_of(static_cast<Quota>(i)) == name) return static_cast<Quota>(i);
  }
  return std::nullopt;
}

// A bound that an operator gave one team.
struct TeamQuota {
  TeamId team = 0;
  Quota quota = Quota::memory_mib;
  uint64_t most = 0;
};

// What one team holds of one thing; of memory: bytes, the limits of its caches. Deleted caches
// count until they are purged, for they keep their rows and their items.
struct Holding {
  uint64_t amount = 0;
  uint64_t deleted = 0;  // of it, in deleted caches; 0 for what is no cache
};

class QuotaRecords {
 public:
  virtual ~QuotaRecords() = default;

  [[nodiscard]] virtual Result<Holding> held_by(TeamId team, Quota quota) = 0;
  // The limits of all caches there are, of every team and of none.
  [[nodiscard]] virtual Result<uint64_t> promised_bytes() = 0;
  [[nodiscard]] virtual Result<uint64_t> own_ports_count() = 0;

  [[nodiscard]] virtual Result<std::vector<TeamQuota>> of(TeamId team) = 0;
  // Of every team that the account made.
  [[nodiscard]] virtual Result<std::vector<TeamQuota>> of_teams_made_by(AccountId account) = 0;
  [[nodiscard]] virtual Status put(const TeamQuota& quota) = 0;
  [[nodiscard]] virtual Status remove(TeamId team, Quota quota) = 0;
};

}  // namespace cachery::control
