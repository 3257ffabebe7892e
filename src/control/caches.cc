#include "control/caches.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_map>

#include "base/check.h"
#include "control/cache_links.h"
#include "control/clusters.h"
#include "control/flush_log.h"
#include "control/metering.h"
#include "control/plans.h"
#include "control/records.h"
#include "control/team_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

boost::json::object describe(const CacheRecord& cache) {
  return {{"name", cache.name},
          {"plan", cache.plan},
          {"limit_bytes", cache.limit_bytes},
          {"enabled", cache.is_enabled},
          {"disabled_by", name_of(cache.disabled_by)},
          {"team", cache.team},
          {"cluster", cache.cluster},
          {"deleted_at", cache.deleted_unix_seconds}};
}

// Sets plan and limit_bytes; the plan is what the size is of.
Result<Plan> set_size(Records& records, CacheRecord& cache, const CacheSize& size) {
  const int given = int{!size.plan.empty()} + int{size.mib != 0} + int{size.limit_bytes != 0};
  if (given != 1) return fail(Fault::invalid, "give either a plan or a size in MiB");
  if (!size.plan.empty()) {
    auto plan = choose_plan(records, size.plan);
    if (!plan) return plan;
    cache.plan = plan->slug;
    cache.limit_bytes = limit_bytes_of(plan->mib);
    return plan;
  }
  if (size.mib > kCustomMibMax) {
    return fail(Fault::invalid,
                fmt::format("{} MiB is too large: at most {}", size.mib, kCustomMibMax));
  }
  cache.plan = kCustomPlan;
  cache.limit_bytes = size.mib != 0 ? limit_bytes_of(size.mib) : size.limit_bytes;
  return custom_plan(cache.limit_bytes);
}

Result<CacheId> next_cache_id(Records& records) {
  const auto next = records.next(kCacheIds);
  if (!next) return std::unexpected(next.error());
  if (*next <= std::numeric_limits<CacheId>::max()) return static_cast<CacheId>(*next);
  return fail(Fault::exhausted, "every cache id has been given: no cache can be created any more");
}

Status set_enabled(CacheRecord& cache, bool is_enabled, DisabledBy by, int64_t now_unix_seconds) {
  if (is_enabled && cache.disabled_by == DisabledBy::operator_ && by != DisabledBy::operator_) {
    return fail(Fault::forbidden, fmt::format("cache {} was disabled by the operator of this "
                                              "service: only he can enable it",
                                              cache.id));
  }
  if (cache.is_enabled == is_enabled && (is_enabled || by != DisabledBy::operator_)) return {};
  cache.is_enabled = is_enabled;
  cache.disabled_by = is_enabled ? DisabledBy::nobody : by;
  if (is_enabled) {  // its thirty days begin anew
    cache.used_unix_seconds = now_unix_seconds;
    cache.idle_warned_unix_seconds = 0;
  }
  return {};
}

std::string size_name(const CacheRecord& cache) {
  if (cache.plan != kCustomPlan) return fmt::format("the plan {}", cache.plan);
  return fmt::format("a size of {} MiB", custom_plan(cache.limit_bytes).mib);
}

Status apply(Records& records, CacheRecord& cache, const CachePatch& patch,
             int64_t now_unix_seconds) {
  if (patch.name) {
    if (auto checked = check_cache_name(*patch.name); !checked) return checked;
    cache.name = *patch.name;
  }
  if (patch.team) cache.team = *patch.team;
  if (patch.name || patch.team) {
    if (auto is_free = check_cache_name_is_free(records, cache); !is_free) return is_free;
  }
  if (patch.size) {
    if (const auto sized = set_size(records, cache, *patch.size); !sized) {
      return std::unexpected(sized.error());
    }
  }
  if (!patch.is_enabled) return {};
  return set_enabled(cache, *patch.is_enabled, patch.by, now_unix_seconds);
}

// 0 when the text is no id.
CacheId parse_id(std::string_view text) {
  CacheId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc{} && end == text.data() + text.size() ? id : 0;
}

Result<CacheRecord> find_visible(Records& records, std::string_view id_or_name,
                                 const Caches::Sees& sees) {
  if (const CacheId id = parse_id(id_or_name); id != 0) {
    auto found = find_live_cache(records, id);
    if (found && sees && !sees(*found)) return no_such_cache(id_or_name);
    return found;
  }
  // What cannot be a name need not be looked for.
  if (!check_cache_name(id_or_name)) return no_such_cache(id_or_name);
  auto named = records.caches().named(id_or_name);
  if (!named) return std::unexpected(named.error());
  std::erase_if(*named, [&](const CacheRecord& cache) { return sees && !sees(cache); });
  if (named->empty()) return no_such_cache(id_or_name);
  if (named->size() == 1) return std::move(named->front());
  return fail(Fault::conflict,
              fmt::format("{} caches have the name \"{}\" (in different teams): give an id, as {}",
                          named->size(), id_or_name, named->front().id));
}

// What is read once for a list of any length.
struct Surroundings {
  std::unordered_map<std::string, Plan> plans = {};
  std::unordered_map<ClusterId, ClusterRecord> clusters = {};
  std::unordered_map<TeamId, std::string> team_names = {};
};

// Of `teams`, or of every team. One that is not there has no name.
Status read_team_names(Records& records, const std::optional<std::vector<TeamId>>& teams,
                       Surroundings& read) {
  if (!teams) {
    auto all = records.teams().all();
    if (!all) return std::unexpected(all.error());
    for (TeamRecord& team : *all) read.team_names.emplace(team.id, std::move(team.name));
    return {};
  }
  for (const TeamId id : *teams) {
    auto team = records.teams().find(id);
    if (!team) return std::unexpected(team.error());
    if (*team) read.team_names.emplace(id, std::move((*team)->name));
  }
  return {};
}

// `teams`: of whom the caches are; not set: of anybody.
Result<Surroundings> read_surroundings(Records& records,
                                       const std::optional<std::vector<TeamId>>& teams) {
  Surroundings read;
  if (auto named = read_team_names(records, teams, read); !named) {
    return std::unexpected(named.error());
  }
  auto plans = records.plans().all();
  if (!plans) return std::unexpected(plans.error());
  for (Plan& plan : *plans) {
    std::string slug = plan.slug;
    read.plans.emplace(std::move(slug), std::move(plan));
  }
  auto clusters = records.clusters().all();
  if (!clusters) return std::unexpected(clusters.error());
  for (ClusterRecord& cluster : *clusters) read.clusters.emplace(cluster.id, cluster);
  return read;
}

CacheDetails join(CacheRecord cache, const Surroundings& around) {
  CacheDetails details;
  const auto plan = around.plans.find(cache.plan);
  details.plan = plan == around.plans.end() ? custom_plan(cache.limit_bytes) : plan->second;
  const auto cluster = around.clusters.find(cache.cluster);
  if (cluster != around.clusters.end()) details.cluster = cluster->second;
  const auto team = around.team_names.find(cache.team);
  if (team != around.team_names.end()) details.team_name = team->second;
  details.cache = std::move(cache);
  return details;
}

Result<std::vector<CacheRecord>> read_filtered(Records& records, const CacheFilter& filter) {
  CacheRowsFilter wanted{.is_deleted = filter.is_deleted, .page = filter.page};
  if (!filter.teams) return records.caches().list(wanted);
  std::vector<CacheRecord> found;
  for (const TeamId team : *filter.teams) {
    wanted.team = team;
    auto of_team = records.caches().list(wanted);
    if (!of_team) return of_team;
    std::ranges::move(*of_team, std::back_inserter(found));
  }
  std::ranges::sort(found, {}, &CacheRecord::id);
  if (found.size() > filter.page.count_max) found.resize(filter.page.count_max);
  return found;
}

// By cache, of all that are listed: one query where that is less than one a cache.
Result<std::unordered_map<CacheId, std::vector<CredentialRecord>>> read_credentials(
    Records& records, const std::vector<CacheRecord>& caches, const CacheFilter& filter) {
  std::unordered_map<CacheId, std::vector<CredentialRecord>> by_cache;
  if (caches.empty()) return by_cache;
  if (!filter.teams) {
    auto all = records.credentials().between(caches.front().id, caches.back().id);
    if (!all) return std::unexpected(all.error());
    for (CredentialRecord& one : *all) by_cache[one.cache].push_back(std::move(one));
    return by_cache;
  }
  for (const CacheRecord& cache : caches) {
    auto of_cache = records.credentials().of(cache.id);
    if (!of_cache) return std::unexpected(of_cache.error());
    by_cache[cache.id] = std::move(*of_cache);
  }
  return by_cache;
}

}  // namespace

const OpenCredential& CacheDetails::primary() const {
  const auto is_primary = [](const OpenCredential& one) { return one.record.is_primary; };
  const auto at = std::ranges::find_if(credentials, is_primary);
  CHECK(at != credentials.end());
  return *at;
}

Result<CacheDetails> Caches::details(Records& records, CacheRecord cache) const {
  const auto around = read_surroundings(records, {{cache.team}});
  if (!around) return std::unexpected(around.error());
  const auto credentials = records.credentials().of(cache.id);
  if (!credentials) return std::unexpected(credentials.error());
  CacheDetails details = join(std::move(cache), *around);
  open(details, *credentials);
  return details;
}

void Caches::open(CacheDetails& details, const std::vector<CredentialRecord>& credentials) const {
  details.credentials = needs_.credentials.open(credentials);
  const CacheRecord& cache = details.cache;
  if (cache.sealed_link_secret.empty()) return;
  details.link_secret =
      needs_.sealer.open_or_empty(cache.sealed_link_secret, "link secret of cache", cache.id);
}

Status Caches::note(Records& records, const Actor& actor, std::string_view verb,
                    const CacheRecord* before, const CacheRecord* after) const {
  const CacheRecord& cache = after != nullptr ? *after : *before;
  const int64_t now = needs_.clock.now().unix_seconds;
  const Status metered = after != nullptr ? Metering::note(records, *after, now)
                                          : Metering::note_gone(records, cache.id, now);
  if (!metered) return metered;
  return needs_.audit.note(records, actor,
                           {.action = fmt::format("cache.{}", verb),
                            .object_kind = "cache",
                            .object_id = std::to_string(cache.id),
                            .cache = cache.id,
                            .team = cache.team,
                            .before = before != nullptr ? describe(*before) : boost::json::object(),
                            .after = after != nullptr ? describe(*after) : boost::json::object()});
}

Status Caches::check_bounds(Records& records, const Capacity& capacity, TeamBound bound,
                            const CacheRecord* before, const CacheRecord& after) const {
  const bool has_grown = before == nullptr || after.limit_bytes > before->limit_bytes;
  if (has_grown) {
    if (auto fits = capacity.check_fits(size_name(after), after.limit_bytes); !fits) return fits;
  }
  if (bound == TeamBound::waived) return {};
  const Quotas& quotas = needs_.quotas;
  Status kept;
  if (before == nullptr) {
    kept =
        quotas.check(records, after.team, {Quota::memory_mib, Quota::caches, Quota::credentials});
  } else if (after.team != before->team) {
    kept = quotas.check(records, after.team,
                        {Quota::memory_mib, Quota::caches, Quota::credentials, Quota::own_ports});
  } else if (has_grown) {
    kept = quotas.check(records, after.team, {Quota::memory_mib});
  }
  if (!kept || !has_grown) return kept;
  return quotas.check_promised(records, capacity);
}

Result<CacheDetails> Caches::create(const Actor& actor, const NewCache& wanted) {
  if (auto good = check_cache_name(wanted.name); !good) return std::unexpected(good.error());
  CacheRecord cache;
  cache.name = wanted.name;
  cache.team = wanted.team;
  cache.sealed_link_secret = needs_.sealer.seal(new_link_secret());
  cache.created_unix_seconds = needs_.clock.now().unix_seconds;
  cache.used_unix_seconds = cache.created_unix_seconds;
  CacheDetails created;
  const Capacity capacity = needs_.quotas.capacity();
  const auto changed = needs_.publisher.change([&](Records& records) -> Status {
    if (auto is_free = check_cache_name_is_free(records, cache); !is_free) return is_free;
    const auto plan = set_size(records, cache, wanted.size);
    if (!plan) return std::unexpected(plan.error());
    const auto cluster = choose_cluster(records, wanted.region, plan->kind);
    if (!cluster) return std::unexpected(cluster.error());
    cache.cluster = cluster->id;
    const auto id = next_cache_id(records);
    if (!id) return std::unexpected(id.error());
    cache.id = *id;
    if (auto inserted = records.caches().insert(cache); !inserted) return inserted;
    if (auto primary = needs_.credentials.insert_primary(records, cache.id); !primary) {
      return std::unexpected(primary.error());
    }
    if (auto good = check_bounds(records, capacity, wanted.bound, nullptr, cache); !good) {
      return good;
    }
    auto read = details(records, cache);
    if (!read) return std::unexpected(read.error());
    created = std::move(*read);
    return note(records, actor, "create", nullptr, &cache);
  });
  if (!changed) return std::unexpected(changed.error());
  return created;
}

Status Caches::create_first(const NewCache& wanted) {
  bool has_had_one = false;
  const auto done = needs_.store.read([&](Records& records) -> Status {
    const auto last = records.last(kCacheIds);
    if (!last) return std::unexpected(last.error());
    has_had_one = *last >= kFirstCacheId;
    return {};
  });
  if (!done || has_had_one) return done;
  const auto created = create({.kind = ActorKind::job, .name = "first start"}, wanted);
  if (!created) return std::unexpected(created.error());
  return {};
}

Result<std::vector<CacheDetails>> Caches::list(const CacheFilter& filter) const {
  std::vector<CacheDetails> listed;
  const auto done = needs_.store.read([&](Records& records) -> Status {
    auto caches = read_filtered(records, filter);
    if (!caches) return std::unexpected(caches.error());
    const auto around = read_surroundings(records, filter.teams);
    if (!around) return std::unexpected(around.error());
    const auto credentials = read_credentials(records, *caches, filter);
    if (!credentials) return std::unexpected(credentials.error());
    listed.reserve(caches->size());
    for (CacheRecord& cache : *caches) {
      const auto own = credentials->find(cache.id);
      CHECK(own != credentials->end());  // a cache is made with one, and never loses its last
      listed.push_back(join(std::move(cache), *around));
      if (filter.secrets == Secrets::opened) {
        open(listed.back(), own->second);
      } else {
        for (const CredentialRecord& one : own->second)
          listed.back().credentials.push_back({one, {}});
      }
    }
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return listed;
}

Result<std::vector<CacheRecord>> Caches::list_records(const CacheFilter& filter) const {
  return read(needs_.store, [&](Records& records) { return read_filtered(records, filter); });
}

Result<CacheDetails> Caches::find(std::string_view id_or_name, const Sees& sees) const {
  CacheDetails found;
  const auto done = needs_.store.read([&](Records& records) -> Status {
    auto cache = find_visible(records, id_or_name, sees);
    if (!cache) return std::unexpected(cache.error());
    auto read = details(records, std::move(*cache));
    if (!read) return std::unexpected(read.error());
    found = std::move(*read);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return found;
}

Result<CacheRecord> Caches::find_record(std::string_view id_or_name, const Sees& sees) const {
  CacheRecord found;
  const auto done = needs_.store.read([&](Records& records) -> Status {
    auto cache = find_visible(records, id_or_name, sees);
    if (!cache) return std::unexpected(cache.error());
    found = std::move(*cache);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return found;
}

Result<CacheDetails> Caches::update(const Actor& actor, CacheId id, const CachePatch& patch) {
  CacheDetails updated;
  const int64_t now = needs_.clock.now().unix_seconds;
  const Capacity capacity = needs_.quotas.capacity();
  const auto changed = needs_.publisher.change([&](Records& records) -> Status {
    const auto before = find_live_cache(records, id);
    if (!before) return std::unexpected(before.error());
    CacheRecord cache = *before;
    if (auto applied = apply(records, cache, patch, now); !applied) return applied;
    if (auto written = records.caches().update(cache); !written) return written;
    if (auto good = check_bounds(records, capacity, patch.bound, &*before, cache); !good) {
      return good;
    }
    if (auto noted = note(records, actor, "update", &*before, &cache); !noted) return noted;
    auto read = details(records, std::move(cache));
    if (!read) return std::unexpected(read.error());
    updated = std::move(*read);
    return {};
  });
  if (!changed) return std::unexpected(changed.error());
  return updated;
}

// What changes no record of the cache itself.
Status Caches::note_use(Records& records, const Actor& actor, CacheId id,
                        std::string_view verb) const {
  const auto cache = find_live_cache(records, id);
  if (!cache) return std::unexpected(cache.error());
  return needs_.audit.note(records, actor,
                           {.action = fmt::format("cache.{}", verb),
                            .object_kind = "cache",
                            .object_id = std::to_string(id),
                            .cache = id,
                            .team = cache->team});
}

Status Caches::flush(const Actor& actor, CacheId id) {
  const int64_t now = needs_.clock.now().unix_seconds;
  const auto noted = needs_.store.write([&](Records& records) -> Status {
    if (auto audited = note_use(records, actor, id, "flush"); !audited) return audited;
    return FlushLog::note(records, actor, id, now);
  });
  if (!noted) return noted;
  return needs_.node.flush(id);
}

Status Caches::reset_counters(const Actor& actor, CacheId id) {
  const auto noted = needs_.store.write(
      [&](Records& records) { return note_use(records, actor, id, "reset_stats"); });
  if (!noted) return noted;
  return needs_.node.reset_counters(id);
}

}  // namespace cachery::control
