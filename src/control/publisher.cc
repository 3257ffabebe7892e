#include "control/publisher.h"

#include <fmt/format.h>

#include <set>
#include <unordered_map>

#include "base/log.h"
#include "control/cache_records.h"
#include "control/credential_records.h"
#include "control/own_names.h"
#include "control/plan_records.h"
#include "control/team_records.h"

namespace cachery::control {
namespace {

// What caches depend on beside their own rows, read when the first one needs it.
class Surroundings {
 public:
  explicit Surroundings(Records& records) : records_(records) {}

  // All of it, before each of many caches asks.
  [[nodiscard]] Status read_all() {
    const auto plans = records_.plans().all();
    if (!plans) return std::unexpected(plans.error());
    const auto teams = records_.teams().all();
    if (!teams) return std::unexpected(teams.error());
    for (const Plan& plan : *plans) plans_.emplace(plan.slug, plan);
    for (const TeamRecord& team : *teams) is_suspended_.emplace(team.id, team.is_suspended);
    has_all_ = true;
    return {};
  }
  [[nodiscard]] Result<tenant::Cache> to_tenant(const CacheRecord& record) {
    const auto suspended = is_suspended(record.team);
    if (!suspended) return std::unexpected(suspended.error());
    const auto limits = limits_of(record);
    if (!limits) return std::unexpected(limits.error());
    return tenant::Cache{.id = record.id,
                         .name = record.name,
                         .is_enabled = record.is_enabled && !record.is_deleted() && !*suspended,
                         .limits = *limits,
                         .credentials = {}};
  }

 private:
  Result<tenant::Limits> limits_of(const CacheRecord& record) {
    tenant::Limits limits;
    limits.memory_bytes = record.limit_bytes;
    auto known = plans_.find(record.plan);
    if (known == plans_.end() && !has_all_) {
      auto plan = records_.plans().find(record.plan);
      if (!plan) return std::unexpected(plan.error());
      if (*plan) known = plans_.emplace(record.plan, std::move(**plan)).first;
    }
    if (known == plans_.end()) return limits;
    limits.connections_max = known->second.connections_max;
    limits.requests_per_second = known->second.requests_per_second;
    limits.bytes_per_second = known->second.bytes_per_second;
    return limits;
  }
  // Caches of a suspended team are refused, as disabled ones.
  Result<bool> is_suspended(TeamId id) {
    if (id == 0) return false;
    if (const auto known = is_suspended_.find(id); known != is_suspended_.end()) {
      return known->second;
    }
    if (has_all_) return false;
    const auto team = records_.teams().find(id);
    if (!team) return std::unexpected(team.error());
    return is_suspended_.emplace(id, *team && (*team)->is_suspended).first->second;
  }

  Records& records_;
  bool has_all_ = false;
  std::unordered_map<std::string, Plan> plans_ = {};
  std::unordered_map<TeamId, bool> is_suspended_ = {};
};

tenant::Credential to_tenant(const CredentialRecord& record) {
  return {.id = record.id,
          .username = record.username,
          .password_digest = record.password_digest,
          .capabilities = record.capabilities,
          .key_prefix = record.key_prefix,
          .admission = record.admission,
          .is_primary = record.is_primary};
}

// A deleted cache waits disabled and without credentials: nobody can log in, its own ports and
// names are free, and its items are there if it is restored.
Result<tenant::Snapshot> read_all(Records& records, uint64_t revision) {
  const auto caches = records.caches().all();
  if (!caches) return std::unexpected(caches.error());
  const auto credentials = records.credentials().all();
  if (!credentials) return std::unexpected(credentials.error());
  Surroundings around(records);
  if (auto read = around.read_all(); !read) return std::unexpected(read.error());

  tenant::Snapshot snapshot{.revision = revision, .caches = {}};
  snapshot.caches.reserve(caches->size());
  std::unordered_map<CacheId, size_t> index_of;
  for (const CacheRecord& record : *caches) {
    auto cache = around.to_tenant(record);
    if (!cache) return std::unexpected(cache.error());
    if (!record.is_deleted()) index_of.emplace(record.id, snapshot.caches.size());
    snapshot.caches.push_back(std::move(*cache));
  }
  for (const CredentialRecord& credential : *credentials) {
    const auto at = index_of.find(credential.cache);
    if (at == index_of.end()) continue;
    snapshot.caches[at->second].credentials.push_back(to_tenant(credential));
  }
  return snapshot;
}

// The caches that a transaction has changed, by themselves or by their plan or team.
Result<std::set<CacheId>> touched_caches(Records& records) {
  const Touched& touched = records.touched();
  std::set<CacheId> ids = touched.caches;
  if (!touched.plans.empty()) {
    const auto all = records.caches().all();
    if (!all) return std::unexpected(all.error());
    for (const CacheRecord& cache : *all) {
      if (touched.plans.contains(cache.plan)) ids.insert(cache.id);
    }
  }
  for (const TeamId team : touched.teams) {
    for (const bool is_deleted : {false, true}) {
      const auto caches = records.caches().list({.team = team, .is_deleted = is_deleted});
      if (!caches) return std::unexpected(caches.error());
      for (const CacheRecord& cache : *caches) ids.insert(cache.id);
    }
  }
  return ids;
}

Result<tenant::Difference> read_touched(Records& records, uint64_t revision) {
  const auto ids = touched_caches(records);
  if (!ids) return std::unexpected(ids.error());
  Surroundings around(records);
  tenant::Difference difference{.revision = revision};
  for (const CacheId id : *ids) {
    const auto record = records.caches().find(id);
    if (!record) return std::unexpected(record.error());
    if (!*record) {
      difference.gone.push_back(id);
      continue;
    }
    auto cache = around.to_tenant(**record);
    if (!cache) return std::unexpected(cache.error());
    if (!(*record)->is_deleted()) {
      const auto credentials = records.credentials().of(id);
      if (!credentials) return std::unexpected(credentials.error());
      for (const CredentialRecord& one : *credentials) {
        cache->credentials.push_back(to_tenant(one));
      }
    }
    difference.changed.push_back(std::move(*cache));
  }
  return difference;
}

}  // namespace

// A row that is older than its rule, or than the service's name: the service's own name wins, and
// the credential keeps its password.
void Publisher::withhold_own_names(const OwnNames& own, tenant::Cache& cache) {
  const auto withhold = [this](const tenant::Credential& credential, std::string& name) {
    if (told_of_.emplace(credential.id, name).second) {
      log::warning("own_name_withheld", {{"credential", credential.username}, {"name", name}});
    }
    name.clear();
  };
  for (tenant::Credential& credential : cache.credentials) {
    std::string& server = credential.admission.tls_server_name;
    std::string& client = credential.admission.tls_client_name;
    if (!server.empty() && own.has_server_name(server)) withhold(credential, server);
    if (!client.empty() && own.has_client_name(client)) withhold(credential, client);
  }
}

Result<Publisher::Table> Publisher::next_table(Records& records, const OwnNames& own) {
  const auto revision = records.next(kRevisions);
  if (!revision) return std::unexpected(revision.error());
  const Table present = table();
  // A name that is the service's own by now may be withheld from any credential.
  const bool follows = present && *revision == present->revision() + 1 && own_names_ == own;
  if (follows) {
    auto difference = read_touched(records, *revision);
    if (!difference) return std::unexpected(difference.error());
    for (tenant::Cache& cache : difference->changed) withhold_own_names(own, cache);
    return present->with(std::move(*difference));
  }
  auto all = read_all(records, *revision);
  if (!all) return std::unexpected(all.error());
  for (tenant::Cache& cache : all->caches) withhold_own_names(own, cache);
  return tenant::TenantTable::build(std::move(*all));
}

Status Publisher::change(const Store::Work& work) {
  const std::lock_guard lock(mutex_);
  const OwnNames own(facts_);
  Table table;
  const auto written = store_.write([&](Records& records) -> Status {
    if (auto done = work(records); !done) return done;
    auto next = next_table(records, own);
    if (!next && next.error().fault == Fault::invalid) {
      // It names who has it, which is nobody's business.
      log::error("snapshot_refused", {{"detail", next.error().detail}});
      return fail(Fault::conflict, "a name or port is taken: choose another");
    }
    if (!next) return std::unexpected(next.error());
    table = std::move(*next);
    return {};
  });
  if (!written) return written;
  own_names_ = own;
  {
    auto old = table;  // which goes when the lock is given back, and before the node frees its own
    const std::lock_guard table_lock(table_mutex_);
    table_.swap(old);
  }
  const uint64_t revision = table->revision();
  const auto published = node_.publish(std::move(table));
  if (published) return {};
  log::error("publish_failed", {{"revision", revision}, {"detail", published.error().detail}});
  return fail(published.error().fault,
              fmt::format("saved, but not yet in force on the node: {}", published.error().detail));
}

}  // namespace cachery::control
