#include "control/publisher.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/log.h"
#include "control/cache_records.h"
#include "control/credential_records.h"
#include "control/plans.h"

namespace cachery::control {
namespace {

tenant::Cache to_tenant(const CacheRecord& record) {
  tenant::Cache cache;
  cache.id = record.id;
  cache.name = record.name;
  cache.is_enabled = record.is_enabled;
  cache.limits = limits_of(record.plan, record.limit_bytes);
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

Result<tenant::Snapshot> build_snapshot(Records& records) {
  const auto revision = records.next(kRevisions);
  if (!revision) return std::unexpected(revision.error());
  const auto caches = records.caches().all();
  if (!caches) return std::unexpected(caches.error());
  const auto credentials = records.credentials().all();
  if (!credentials) return std::unexpected(credentials.error());

  tenant::Snapshot snapshot{.revision = *revision, .caches = {}};
  snapshot.caches.reserve(caches->size());
  std::unordered_map<CacheId, size_t> index_of;
  for (const CacheRecord& cache : *caches) {
    index_of.emplace(cache.id, snapshot.caches.size());
    snapshot.caches.push_back(to_tenant(cache));
  }
  for (const CredentialRecord& credential : *credentials) {
    const auto at = index_of.find(credential.cache);
    if (at == index_of.end()) continue;
    snapshot.caches[at->second].credentials.push_back(to_tenant(credential));
  }
  return snapshot;
}

}  // namespace

Status Publisher::change(const Store::Work& work) {
  const std::lock_guard lock(mutex_);
  tenant::Snapshot snapshot;
  std::shared_ptr<const tenant::TenantTable> table;
  const auto written = store_.write([&](Records& records) -> Status {
    if (auto done = work(records); !done) return done;
    auto built = build_snapshot(records);
    if (!built) return std::unexpected(built.error());
    auto checked = tenant::TenantTable::build(*built);
    if (!checked) return fail(Fault::conflict, checked.error().detail + ": choose another");
    table = std::move(*checked);
    snapshot = std::move(*built);
    return {};
  });
  if (!written) return written;
  {
    const std::lock_guard table_lock(table_mutex_);
    table_ = std::move(table);
  }
  const uint64_t revision = snapshot.revision;
  const auto published = node_.publish(std::move(snapshot));
  if (published) return {};
  log::error("publish_failed", {{"revision", revision}, {"detail", published.error().detail}});
  return fail(published.error().fault,
              fmt::format("saved, but not yet in force on the node: {}", published.error().detail));
}

}  // namespace cachery::control
