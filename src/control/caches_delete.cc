// The end of a cache, and its way back: Caches::remove, restore and purge. A deleted cache stays a
// row until its day is over; the publisher gives it to the nodes disabled and without credentials,
// so that nobody can log in, its ports are closed, and its items wait.
#include <algorithm>

#include "control/caches.h"
#include "control/records.h"

namespace cachery::control {
namespace {

Result<CacheRecord> find_deleted_in(Records& records, CacheId id) {
  auto found = records.caches().find(id);
  if (!found) return std::unexpected(found.error());
  if (!*found || !(*found)->is_deleted()) return no_such_cache(id);
  return std::move(**found);
}

}  // namespace

Result<CacheRecord> Caches::find_deleted(CacheId id) const {
  CacheRecord cache;
  const auto done = needs_.store.read([&](Records& records) -> Status {
    auto found = find_deleted_in(records, id);
    if (!found) return std::unexpected(found.error());
    cache = std::move(*found);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return cache;
}

Status Caches::remove(const Actor& actor, CacheId id) {
  const int64_t now = needs_.clock.now().unix_seconds;
  return needs_.publisher.change([&](Records& records) -> Status {
    const auto before = find_live_cache(records, id);
    if (!before) return std::unexpected(before.error());
    CacheRecord cache = *before;
    cache.deleted_unix_seconds = now;
    if (auto updated = records.caches().update(cache); !updated) return updated;
    return note(records, actor, "delete", &*before, &cache);
  });
}

Result<CacheDetails> Caches::restore(const Actor& actor, CacheId id,
                                     const std::optional<std::string>& name) {
  CacheDetails restored;
  const int64_t now = needs_.clock.now().unix_seconds;
  const auto changed = needs_.publisher.change([&](Records& records) -> Status {
    const auto before = find_deleted_in(records, id);
    if (!before) return std::unexpected(before.error());
    CacheRecord cache = *before;
    cache.deleted_unix_seconds = 0;
    cache.used_unix_seconds = now;
    cache.name = name.value_or(before->name);
    if (auto good = check_cache_name(cache.name); !good) return good;
    if (auto is_free = check_cache_name_is_free(records, cache); !is_free) return is_free;
    if (auto updated = records.caches().update(cache); !updated) return updated;
    if (auto noted = note(records, actor, "restore", &*before, &cache); !noted) return noted;
    auto read = details(records, std::move(cache));
    if (!read) return std::unexpected(read.error());
    restored = std::move(*read);
    return {};
  });
  if (!changed) return std::unexpected(changed.error());
  return restored;
}

Status Caches::purge(const Actor& actor, CacheId id) {
  return needs_.publisher.change([&](Records& records) -> Status {
    const auto found = records.caches().find(id);
    if (!found) return std::unexpected(found.error());
    if (!*found) return no_such_cache(id);
    if (auto removed = records.caches().remove(id); !removed) return removed;
    return note(records, actor, "purge", &**found, nullptr);
  });
}

// Found by reading first, so that an hour without any publishes nothing; looked at again in the
// change, because somebody may have restored it in between.
Status Caches::purge_deleted(const Now& now) {
  const auto is_due = [&](const CacheRecord& cache) {
    return cache.is_deleted() && now.unix_seconds - cache.deleted_unix_seconds >= kUndoSeconds;
  };
  bool is_any_due = false;
  const auto read = needs_.store.read([&](Records& records) -> Status {
    const auto all = records.caches().all();
    if (!all) return std::unexpected(all.error());
    is_any_due = std::ranges::any_of(*all, is_due);
    return {};
  });
  if (!read || !is_any_due) return read;
  return needs_.publisher.change([&](Records& records) -> Status {
    const auto all = records.caches().all();
    if (!all) return std::unexpected(all.error());
    for (const CacheRecord& cache : *all) {
      if (!is_due(cache)) continue;
      if (auto removed = records.caches().remove(cache.id); !removed) return removed;
      const Actor job{.kind = ActorKind::job, .name = "purge"};
      if (auto noted = note(records, job, "purge", &cache, nullptr); !noted) return noted;
    }
    return {};
  });
}

}  // namespace cachery::control
