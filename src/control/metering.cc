#include "control/metering.h"

#include <algorithm>
#include <vector>

#include "control/cache_records.h"
#include "control/plan_records.h"

namespace cachery::control {
namespace {

// In minor units a month. No plan's: a size that the operator chose himself.
Result<int64_t> price_of(Records& records, std::string_view plan) {
  const auto found = records.plans().find(plan);
  if (!found) return std::unexpected(found.error());
  return *found ? static_cast<int64_t>((*found)->price_minor_units) : 0;
}

UsageEvent state_of(const CacheRecord& cache, int64_t price_minor) {
  return {.cache = cache.id,
          .cache_name = cache.name,
          .team = cache.team,
          .plan = cache.plan,
          .price_minor = price_minor,
          .is_charged = !cache.is_deleted()};
}

Status insert(Records& records, UsageEvent event, const UsageEvent* last, int64_t unix_seconds) {
  const auto id = records.next(kUsageEventIds);
  if (!id) return std::unexpected(id.error());
  event.id = *id;
  // A clock that was set back must not put a state before the one that it replaces.
  event.at_unix_seconds = last ? std::max(last->at_unix_seconds, unix_seconds) : unix_seconds;
  return records.usage().insert(event);
}

}  // namespace

Status Metering::note(Records& records, const CacheRecord& cache, int64_t unix_seconds) {
  const auto last = records.usage().last_of(cache.id);
  if (!last) return std::unexpected(last.error());
  const auto price = price_of(records, cache.plan);
  if (!price) return std::unexpected(price.error());
  UsageEvent state = state_of(cache, *price);
  const UsageEvent* const before = *last ? &**last : nullptr;
  if (before != nullptr ? before->is_same_state(state) : !state.is_charged) return {};
  return insert(records, std::move(state), before, unix_seconds);
}

Status Metering::note_gone(Records& records, tenant::CacheId cache, int64_t unix_seconds) {
  const auto last = records.usage().last_of(cache);
  if (!last) return std::unexpected(last.error());
  if (!*last || !(*last)->is_charged) return {};
  UsageEvent state = **last;
  state.is_charged = false;
  return insert(records, std::move(state), &**last, unix_seconds);
}

Status Metering::reconcile(const Now& now) {
  return store_.write([&](Records& records) -> Status {
    const auto caches = records.caches().all();
    if (!caches) return std::unexpected(caches.error());
    for (const CacheRecord& cache : *caches) {
      if (auto noted = note(records, cache, now.unix_seconds); !noted) return noted;
    }
    const auto last = records.usage().last_of_each();
    if (!last) return std::unexpected(last.error());
    for (const UsageEvent& event : *last) {
      const bool is_there = std::ranges::binary_search(*caches, event.cache, {}, &CacheRecord::id);
      if (is_there || !event.is_charged) continue;
      if (auto noted = note_gone(records, event.cache, now.unix_seconds); !noted) return noted;
    }
    return {};
  });
}

}  // namespace cachery::control
