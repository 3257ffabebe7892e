#include "control/credential_rights.h"

#include <fmt/format.h>

#include "control/account_records.h"
#include "control/plan_records.h"
#include "control/team_records.h"

namespace cachery::control {
namespace {

std::string_view first_missing(const tenant::Capabilities& holder,
                               const tenant::Capabilities& wanted) {
  if (wanted.write && !holder.write) return "write";
  if (wanted.flush && !holder.flush) return "flush";
  if (wanted.api && !holder.api) return "api";
  return {};
}

}  // namespace

bool covers(const tenant::Capabilities& holder, const tenant::Capabilities& other) {
  return first_missing(holder, other).empty();
}

Status check_may_touch(const CredentialCaller& caller, const CredentialRecord& credential) {
  const auto missing = first_missing(caller.holds, credential.capabilities);
  if (missing.empty()) return {};
  return fail(Fault::forbidden,
              fmt::format("credential {} has the capability {} and yours has not: use one that has "
                          "it to change, promote or delete it",
                          credential.username, missing));
}

Status check_may_give(const CredentialCaller& caller, const tenant::Capabilities& capabilities) {
  const auto missing = first_missing(caller.holds, capabilities);
  if (missing.empty()) return {};
  return fail(
      Fault::forbidden,
      fmt::format("your credential lacks the capability {} and cannot give it: use one that "
                  "has it",
                  missing));
}

Status check_plan_allows(Records& records, const CredentialCaller& caller, const CacheRecord& cache,
                         CredentialChange change) {
  if (caller.is_operator) return {};
  const auto plan = records.plans().find(cache.plan);
  if (!plan) return std::unexpected(plan.error());
  const PlanFeatures features =
      *plan ? (*plan)->features : PlanFeatures{};  // a custom size has all
  if (change == CredentialChange::manage && !features.manage_credentials) {
    return fail(Fault::forbidden,
                fmt::format("the plan {} does not let credentials be made, promoted or deleted: "
                            "choose another plan, or ask the operator of this service",
                            cache.plan));
  }
  if (change == CredentialChange::capabilities && !features.update_capabilities) {
    return fail(Fault::forbidden,
                fmt::format("the plan {} does not let capabilities be chosen: choose another plan, "
                            "or ask the operator of this service",
                            cache.plan));
  }
  return {};
}

Status check_team_is_answered_for(Records& records, const Actor& actor, const CacheRecord& cache) {
  const bool is_bearer = actor.kind == ActorKind::credential || actor.kind == ActorKind::link;
  if (!is_bearer || cache.team == 0) return {};
  const auto members = records.teams().members_of(cache.team);
  if (!members) return std::unexpected(members.error());
  bool has_owner = false;
  for (const MemberRecord& one : *members) {
    if (one.role != Role::owner) continue;
    has_owner = true;
    const auto owner = records.accounts().find(one.account);
    if (!owner) return std::unexpected(owner.error());
    if (*owner && !(*owner)->is_suspended) return {};
  }
  if (!has_owner) return {};
  return fail(Fault::forbidden,
              "the owner of this cache's team is suspended: what opens the cache cannot be changed "
              "until the operator of this service lets them in again");
}

}  // namespace cachery::control
