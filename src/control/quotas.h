// How much of what everybody shares one team may hold: memory, caches, credentials, own ports. A
// table of bounds, checked in the transaction of each change that holds more, after its rows are
// written, so that what is counted is what would be.
// - Who signs up makes teams, and the teams that one account made share one bound: fifty teams are
//   no way around it.
// - An operator may give a team a bound of its own, larger or smaller. The team then counts alone.
// - Teams that an operator made, and caches of no team, have no bound unless one is given.
// - What an operator makes himself (TeamBound::waived) is bounded by nothing but the machine.
// The machine bounds everybody: a cache larger than any node is refused, and past
// `oversell_percent` of the nodes' memory only operators promise more. Rejected: counters that each
// change keeps in step, which drift; the counts are a few indexed rows.
#pragma once

#include <array>
#include <atomic>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "control/plan_records.h"
#include "control/quota_records.h"
#include "control/records.h"
#include "control/store.h"
#include "control/team_records.h"
#include "tenant/node.h"

namespace cachery::control {

// Whether bounds count: an operator gives a team more than they allow.
enum class TeamBound : uint8_t { kept, waived };

struct QuotaSettings {
  // For the teams of one account, in the order of Quota. 0: no bound.
  std::array<uint64_t, kQuotasCount> of_account{};
  // How much of the nodes' memory may be promised, in percent of it. 0: no bound.
  uint64_t oversell_percent = 0;
};

// For `node_bytes` of memory, what those who signed up may hold together unless a setting says it:
// 1,024 MiB, or a quarter of a smaller node, and no less than its smallest plan.
uint64_t default_memory_mib(uint64_t node_bytes);

// The nodes' memory at one moment. Zeros: no node says, and nothing is too large.
struct Capacity {
  uint64_t largest_node_bytes = 0;
  uint64_t bytes = 0;  // of all nodes

  // exhausted: no node could ever hold a cache of this limit. `what`: "the plan 20000".
  [[nodiscard]] Status check_fits(std::string_view what, uint64_t limit_bytes) const;
};

enum class OversellState : uint8_t {
  ok,       // every cache can be full at once
  warning,  // they cannot, which is usual: caches are seldom full
  over,     // past the bound: only operators promise more
};
constexpr std::string_view name_of(OversellState state) {
  switch (state) {
    case OversellState::ok:
      return "ok";
    case OversellState::warning:
      return "warning";
    case OversellState::over:
      return "over";
  }
  return "";
}

// What the caches were promised together, beside what there is.
struct Oversell {
  uint64_t promised_bytes = 0;
  uint64_t memory_bytes = 0;  // 0: no node says
  uint64_t percent_max = 0;   // 0: no bound

  double ratio() const;  // 0 where no node says
  OversellState state() const;
};

// One bound as it stands for one team.
struct QuotaState {
  Quota quota = Quota::memory_mib;
  uint64_t used = 0;                  // by all that share the bound
  uint64_t used_by_team = 0;          // by the team alone
  uint64_t used_deleted = 0;          // of `used`, in deleted caches; 0 for what is no cache
  std::optional<uint64_t> most = {};  // nothing: no bound
  bool is_own = false;                // an operator gave it to this team
  size_t teams_count = 1;             // that share it
};

class Quotas {
 public:
  // Both must outlive it.
  Quotas(Store& store, const tenant::Node& node, QuotaSettings settings)
      : store_(store), node_(node), settings_(settings) {}

  // Asks the nodes: outside a transaction.
  Capacity capacity() const;

  // Within the transaction that makes a team hold more of these, after its rows were written.
  // exhausted: more than it may, with what it has and what to do.
  [[nodiscard]] Status check(Records& records, TeamId team,
                             std::initializer_list<Quota> grown) const;
  // The same for the machine: exhausted past the bound of what may be promised.
  [[nodiscard]] Status check_promised(Records& records, const Capacity& capacity) const;

  // Each of them, in the order of Quota.
  [[nodiscard]] Result<std::vector<QuotaState>> list(Records& records,
                                                     const TeamRecord& team) const;
  [[nodiscard]] Result<Oversell> oversell() const;

 private:
  [[nodiscard]] Result<Oversell> oversell(Records& records, const Capacity& capacity) const;
  [[nodiscard]] Result<QuotaState> state_of(Records& records, const TeamRecord& team,
                                            Quota quota) const;
  // What a team without a bound of its own may hold, with its siblings.
  [[nodiscard]] Result<std::optional<uint64_t>> shared_bound(Records& records,
                                                             const TeamRecord& team,
                                                             Quota quota) const;

  Store& store_;
  const tenant::Node& node_;
  const QuotaSettings settings_;
  mutable std::atomic<uint64_t> refused_count_{0};  // by check_promised()
};

}  // namespace cachery::control
