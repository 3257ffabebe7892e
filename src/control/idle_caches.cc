#include "control/idle_caches.h"

#include <algorithm>
#include <unordered_set>

#include "control/plan_records.h"
#include "control/records.h"

namespace cachery::control {
namespace {

enum class Finding { nothing, used, to_warn, to_disable };

Finding judge(const CacheRecord& cache, uint64_t mark, int64_t now) {
  if (mark != cache.used_mark) return Finding::used;
  const int64_t idle_seconds = now - cache.used_unix_seconds;
  if (idle_seconds >= kIdleSecondsMax) return Finding::to_disable;
  const bool is_warned = cache.idle_warned_unix_seconds != 0;
  if (!is_warned && idle_seconds >= kIdleSecondsMax - kIdleWarningSeconds) return Finding::to_warn;
  return Finding::nothing;
}

// The enabled ones of development plans.
Result<std::vector<CacheRecord>> watched_caches(Records& records) {
  const auto plans = records.plans().all();
  if (!plans) return std::unexpected(plans.error());
  std::unordered_set<std::string> slugs;
  for (const Plan& plan : *plans) {
    if (plan.kind == Kind::development) slugs.insert(plan.slug);
  }
  auto caches = records.caches().all();
  if (!caches) return caches;
  std::erase_if(*caches, [&](const CacheRecord& cache) {
    return cache.is_deleted() || !cache.is_enabled || !slugs.contains(cache.plan);
  });
  return caches;
}

struct Look {
  CacheId cache = 0;
  uint64_t mark = 0;
  Finding finding = Finding::nothing;
};

// After a restart or a reset the mark is small without any use: only what it is above 0 was.
void note_use(CacheRecord& cache, uint64_t mark, int64_t now) {
  if (mark != 0) {
    cache.used_unix_seconds = now;
    cache.idle_warned_unix_seconds = 0;
  }
  cache.used_mark = mark;
}

}  // namespace

Status IdleCaches::warn(Records& records, CacheRecord& cache, int64_t now) const {
  cache.idle_warned_unix_seconds = now;
  // Who was warned late (the service was down) has his seven days all the same.
  const int64_t at = std::max(cache.used_unix_seconds + kIdleSecondsMax, now + kIdleWarningSeconds);
  cache.used_unix_seconds = at - kIdleSecondsMax;
  return needs_.notices.tell(records, {.kind = CacheNoticeKind::idle,
                                       .team = cache.team,
                                       .cache = cache.id,
                                       .cache_name = cache.name,
                                       .at_unix_seconds = at});
}

Status IdleCaches::disable(Records& records, CacheRecord& cache, int64_t now) const {
  cache.is_enabled = false;
  cache.disabled_by = DisabledBy::idle;
  const auto told = needs_.notices.tell(records, {.kind = CacheNoticeKind::disabled,
                                                  .team = cache.team,
                                                  .cache = cache.id,
                                                  .cache_name = cache.name,
                                                  .at_unix_seconds = now});
  if (!told) return told;
  return needs_.audit.note(records, {.kind = ActorKind::job, .name = "idle_caches"},
                           {.action = "cache.disable_idle",
                            .object_kind = "cache",
                            .object_id = std::to_string(cache.id),
                            .cache = cache.id,
                            .team = cache.team,
                            .before = {{"enabled", true}},
                            .after = {{"enabled", false}, {"disabled_by", "idle"}}});
}

Status IdleCaches::look(const Now& now) {
  std::vector<Look> found;
  bool disables_any = false;
  const auto read = needs_.store.read([&](Records& records) -> Status {
    const auto caches = watched_caches(records);
    if (!caches) return std::unexpected(caches.error());
    for (const CacheRecord& cache : *caches) {
      const auto counters = needs_.node.counters(cache.id);
      if (!counters) continue;  // its node does not answer: no judgement without evidence
      const uint64_t mark = (*counters)[tenant::Counter::bytes_read];
      const Finding finding = judge(cache, mark, now.unix_seconds);
      if (finding == Finding::nothing) continue;
      found.push_back({cache.id, mark, finding});
      // Never without a warning first, however late.
      disables_any |= finding == Finding::to_disable && cache.idle_warned_unix_seconds != 0;
    }
    return {};
  });
  if (!read || found.empty()) return read;
  const Store::Work write = [&](Records& records) -> Status {
    for (const Look& look : found) {
      auto cache = records.caches().find(look.cache);
      if (!cache) return std::unexpected(cache.error());
      if (!*cache || (*cache)->is_deleted() || !(*cache)->is_enabled) continue;
      CacheRecord& record = **cache;
      Status done;
      // Judged again: its owner may have enabled it a moment ago.
      switch (judge(record, look.mark, now.unix_seconds)) {
        case Finding::nothing:
          continue;
        case Finding::used:
          note_use(record, look.mark, now.unix_seconds);
          break;
        case Finding::to_warn:
          done = warn(records, record, now.unix_seconds);
          break;
        case Finding::to_disable:
          done = record.idle_warned_unix_seconds != 0 ? disable(records, record, now.unix_seconds)
                                                      : warn(records, record, now.unix_seconds);
          break;
      }
      if (!done) return done;
      if (auto updated = records.caches().update(record); !updated) return updated;
    }
    return {};
  };
  return disables_any ? needs_.publisher.change(write) : needs_.store.write(write);
}

}  // namespace cachery::control
