#include "control/quotas.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/log.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

constexpr uint64_t kMib = 1'048'576;
constexpr uint64_t kDefaultMemoryMib = 1024;
constexpr uint64_t kSmallestPlanMib = 25;

// How a message says them.
struct Words {
  std::string_view unit;      // "1,024 MiB of memory"
  std::string_view how_less;  // "delete a cache"
};

constexpr Words words_of(Quota quota) {
  switch (quota) {
    case Quota::memory_mib:
      return {"MiB of caches", "choose a smaller plan, delete a cache"};
    case Quota::caches:
      return {"caches", "delete one that is not needed"};
    case Quota::credentials:
      return {"credentials", "delete one that is not needed"};
    case Quota::own_ports:
      return {"own ports", "give one up"};
  }
  return {};
}

// Plans are sold by MiB, and their limits are a tenth more: a bound is in what is sold.
uint64_t sold_mib(uint64_t limit_bytes) { return (limit_bytes * 10 / 11 + kMib / 2) / kMib; }

uint64_t counted(Quota quota, uint64_t amount) {
  return quota == Quota::memory_mib ? sold_mib(amount) : amount;
}

bool has(const std::vector<TeamQuota>& quotas, TeamId team, Quota quota) {
  return std::ranges::any_of(
      quotas, [&](const TeamQuota& one) { return one.team == team && one.quota == quota; });
}

std::string explain(const QuotaState& state) {
  const Words words = words_of(state.quota);
  const std::string who =
      state.teams_count > 1
          ? fmt::format("the {} teams of the account that made this one", state.teams_count)
          : "this team";
  const std::string deleted =
      state.used_deleted == 0
          ? ""
          : fmt::format(" ({} of them deleted, which count until they are purged a day later)",
                        state.used_deleted);
  return fmt::format(
      "{} may have {} {}, and this would make it {}{}: {}, or ask the operator of "
      "this service for more",
      who, *state.most, words.unit, state.used, deleted, words.how_less);
}

}  // namespace

uint64_t default_memory_mib(uint64_t node_bytes) {
  return std::clamp(node_bytes / 4 / kMib, kSmallestPlanMib, kDefaultMemoryMib);
}

Status Capacity::check_fits(std::string_view what, uint64_t limit_bytes) const {
  if (largest_node_bytes == 0 || limit_bytes <= largest_node_bytes) return {};
  return fail(Fault::exhausted,
              fmt::format("{} is larger than this service: a cache of it takes {} MiB, and there "
                          "are {} MiB for all caches: choose a smaller one",
                          what, limit_bytes / kMib, largest_node_bytes / kMib));
}

double Oversell::ratio() const {
  if (memory_bytes == 0) return 0;
  return static_cast<double>(promised_bytes) / static_cast<double>(memory_bytes);
}

OversellState Oversell::state() const {
  if (memory_bytes == 0 || promised_bytes <= memory_bytes) return OversellState::ok;
  const bool is_over = percent_max != 0 && ratio() * 100 > static_cast<double>(percent_max);
  return is_over ? OversellState::over : OversellState::warning;
}

Capacity Quotas::capacity() const {
  Capacity capacity;
  for (const tenant::NodeStatus& node : node_.status()) {
    capacity.bytes += node.memory_limit_bytes;
    capacity.largest_node_bytes = std::max(capacity.largest_node_bytes, node.memory_limit_bytes);
  }
  return capacity;
}

Status Quotas::check(Records& records, TeamId id, std::initializer_list<Quota> grown) const {
  if (id == 0) return {};
  const auto team = records.teams().find(id);
  if (!team) return std::unexpected(team.error());
  if (!*team) return {};
  for (const Quota quota : grown) {
    const auto state = state_of(records, **team, quota);
    if (!state) return std::unexpected(state.error());
    if (state->most && state->used > *state->most) return fail(Fault::exhausted, explain(*state));
  }
  return {};
}

Status Quotas::check_promised(Records& records, const Capacity& capacity) const {
  const auto sold = oversell(records, capacity);
  if (!sold) return std::unexpected(sold.error());
  if (sold->state() != OversellState::over) return {};
  // The first, second, fourth ... one: who is refused tries again, and the log is everybody's.
  const uint64_t count = ++refused_count_;
  if (std::has_single_bit(count)) {
    log::warning("oversell_refused", {{"count", count},
                                      {"promised_bytes", sold->promised_bytes},
                                      {"memory_bytes", sold->memory_bytes},
                                      {"oversell_max", sold->percent_max}});
  }
  return fail(Fault::exhausted,
              "this service has no room for more memory at present: choose a smaller plan, or ask "
              "its operator");
}

Result<std::optional<uint64_t>> Quotas::shared_bound(Records& records, const TeamRecord& team,
                                                     Quota quota) const {
  const uint64_t most = settings_.of_account[static_cast<size_t>(quota)];
  if (most == 0 || team.creator == 0) return std::nullopt;
  const auto creator = records.accounts().find(team.creator);
  if (!creator) return std::unexpected(creator.error());
  if (*creator && (*creator)->is_operator) return std::nullopt;
  return most;
}

Result<QuotaState> Quotas::state_of(Records& records, const TeamRecord& team, Quota quota) const {
  QuotaState state{.quota = quota};
  const auto own = records.quotas().of(team.id);
  if (!own) return std::unexpected(own.error());
  const auto mine = std::ranges::find(*own, quota, &TeamQuota::quota);
  std::vector<TeamId> sharing = {team.id};
  if (mine != own->end()) {
    state.most = mine->most;
    state.is_own = true;
  } else {
    const auto most = shared_bound(records, team, quota);
    if (!most) return std::unexpected(most.error());
    state.most = *most;
    if (state.most) {
      auto siblings = records.teams().made_by(team.creator);
      if (!siblings) return std::unexpected(siblings.error());
      const auto apart = records.quotas().of_teams_made_by(team.creator);
      if (!apart) return std::unexpected(apart.error());
      std::erase_if(*siblings, [&](TeamId id) { return has(*apart, id, quota); });
      sharing = std::move(*siblings);
    }
  }
  state.teams_count = sharing.size();
  for (const TeamId id : sharing) {
    const auto held = records.quotas().held_by(id, quota);
    if (!held) return std::unexpected(held.error());
    if (id == team.id) state.used_by_team = counted(quota, held->amount);
    state.used += counted(quota, held->amount);
    state.used_deleted += counted(quota, held->deleted);
  }
  return state;
}

Result<std::vector<QuotaState>> Quotas::list(Records& records, const TeamRecord& team) const {
  std::vector<QuotaState> states;
  for (size_t i = 0; i < kQuotasCount; ++i) {
    auto state = state_of(records, team, static_cast<Quota>(i));
    if (!state) return std::unexpected(state.error());
    states.push_back(*state);
  }
  return states;
}

Result<Oversell> Quotas::oversell() const {
  const Capacity now = capacity();
  return read(store_, [&](Records& records) { return oversell(records, now); });
}

Result<Oversell> Quotas::oversell(Records& records, const Capacity& capacity) const {
  const auto promised = records.quotas().promised_bytes();
  if (!promised) return std::unexpected(promised.error());
  return Oversell{.promised_bytes = *promised,
                  .memory_bytes = capacity.bytes,
                  .percent_max = settings_.oversell_percent};
}

}  // namespace cachery::control
