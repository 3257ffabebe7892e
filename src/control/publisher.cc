#include "control/publisher.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "base/log.h"
#include "control/cache_records.h"
#include "control/credential_records.h"
#include "control/own_names.h"
#include "control/plan_records.h"
#include "control/team_records.h"

namespace cachery::control {
namespace {

using PlansBySlug = std::unordered_map<std::string, Plan>;

tenant::Limits limits_of(const CacheRecord& record, const PlansBySlug& plans) {
  tenant::Limits limits;
  limits.memory_bytes = record.limit_bytes;
  if (const auto plan = plans.find(record.plan); plan != plans.end()) {
    limits.connections_max = plan->second.connections_max;
    limits.requests_per_second = plan->second.requests_per_second;
    limits.bytes_per_second = plan->second.bytes_per_second;
  }
  return limits;
}

// What a cache depends on beside its own row.
struct Surroundings {
  PlansBySlug plans = {};
  std::unordered_set<TeamId> suspended_teams = {};  // their caches are refused, as disabled ones
};

tenant::Cache to_tenant(const CacheRecord& record, const Surroundings& around) {
  tenant::Cache cache;
  cache.id = record.id;
  cache.name = record.name;
  cache.is_enabled =
      record.is_enabled && !record.is_deleted() && !around.suspended_teams.contains(record.team);
  cache.limits = limits_of(record, around.plans);
  return cache;
}

tenant::Credential to_tenant(const CredentialRecord& record) {
  return {.id = record.id,
          .username = record.username,
          .password_digest = record.password_digest,
          .capabilities = record.capabilities,
          .key_prefix = record.key_prefix,
          .admission = record.admission,
          .is_primary = record.is_primary};
}

Result<Surroundings> read_surroundings(Records& records) {
  const auto plans = records.plans().all();
  if (!plans) return std::unexpected(plans.error());
  const auto teams = records.teams().all();
  if (!teams) return std::unexpected(teams.error());
  Surroundings around;
  for (const Plan& plan : *plans) around.plans.emplace(plan.slug, plan);
  for (const TeamRecord& team : *teams) {
    if (team.is_suspended) around.suspended_teams.insert(team.id);
  }
  return around;
}

// A deleted cache waits disabled and without credentials: nobody can log in, its own ports and
// names are free, and its items are there if it is restored.
Result<tenant::Snapshot> build_snapshot(Records& records) {
  const auto revision = records.next(kRevisions);
  if (!revision) return std::unexpected(revision.error());
  const auto caches = records.caches().all();
  if (!caches) return std::unexpected(caches.error());
  const auto credentials = records.credentials().all();
  if (!credentials) return std::unexpected(credentials.error());
  const auto around = read_surroundings(records);
  if (!around) return std::unexpected(around.error());

  tenant::Snapshot snapshot{.revision = *revision, .caches = {}};
  snapshot.caches.reserve(caches->size());
  std::unordered_map<CacheId, size_t> index_of;
  for (const CacheRecord& cache : *caches) {
    if (!cache.is_deleted()) index_of.emplace(cache.id, snapshot.caches.size());
    snapshot.caches.push_back(to_tenant(cache, *around));
  }
  for (const CredentialRecord& credential : *credentials) {
    const auto at = index_of.find(credential.cache);
    if (at == index_of.end()) continue;
    snapshot.caches[at->second].credentials.push_back(to_tenant(credential));
  }
  return snapshot;
}

}  // namespace

// A row that is older than its rule, or than the service's name: the service's own name wins, and
// the credential keeps its password.
void Publisher::withhold_own_names(tenant::Snapshot& snapshot) {
  const OwnNames own(facts_);
  const auto withhold = [this](const tenant::Credential& credential, std::string& name) {
    if (told_of_.emplace(credential.id, name).second) {
      log::warning("own_name_withheld", {{"credential", credential.username}, {"name", name}});
    }
    name.clear();
  };
  for (tenant::Cache& cache : snapshot.caches) {
    for (tenant::Credential& credential : cache.credentials) {
      std::string& server = credential.admission.tls_server_name;
      std::string& client = credential.admission.tls_client_name;
      if (!server.empty() && own.has_server_name(server)) withhold(credential, server);
      if (!client.empty() && own.has_client_name(client)) withhold(credential, client);
    }
  }
}

Status Publisher::change(const Store::Work& work) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const tenant::TenantTable> table;
  const auto written = store_.write([&](Records& records) -> Status {
    if (auto done = work(records); !done) return done;
    auto built = build_snapshot(records);
    if (!built) return std::unexpected(built.error());
    withhold_own_names(*built);
    auto checked = tenant::TenantTable::build(std::move(*built));
    if (!checked) {  // it names who has it, which is nobody's business
      log::error("snapshot_refused", {{"detail", checked.error().detail}});
      return fail(Fault::conflict, "a name or port is taken: choose another");
    }
    table = std::move(*checked);
    return {};
  });
  if (!written) return written;
  {
    auto old = table;  // which goes when the lock is given back, and before the node frees its own
    const std::lock_guard table_lock(table_mutex_);
    table_.swap(old);
  }
  const uint64_t revision = table->snapshot().revision;
  const auto published = node_.publish(std::move(table));
  if (published) return {};
  log::error("publish_failed", {{"revision", revision}, {"detail", published.error().detail}});
  return fail(published.error().fault,
              fmt::format("saved, but not yet in force on the node: {}", published.error().detail));
}

}  // namespace cachery::control
